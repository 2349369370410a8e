import { it } from 'vitest';
import { expectOneRefresh } from '../support/many-processes.js';

/** As long as a crowded machine needs; nothing here is measured by time. */
const LIMIT = { timeout: 900_000 };

it('200 processes on one nearly expired session send one request, and all succeed', LIMIT, () => expectOneRefresh(200));
