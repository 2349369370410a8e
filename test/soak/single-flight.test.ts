import { it } from 'vitest';
import { expectOneRefresh } from '../support/many-processes.js';

/** As long as a crowded machine needs; nothing here is measured by time. */
const RETRY_BUDGET_MS = { timeout: 900_000 };

it('200 processes on one nearly expired session send one request, and all succeed', RETRY_BUDGET_MS, () =>
  expectOneRefresh(200),
);
