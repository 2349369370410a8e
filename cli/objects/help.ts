import type { CommandHelp } from '../line/command.js';
import { SESSION_ENVIRONMENT } from '../options/compute.js';

/** What the pages of the commands on objects have in common. */
export const OBJECT_HELP: Pick<CommandHelp, 'environment' | 'statuses'> = {
  environment: SESSION_ENVIRONMENT,
  statuses: [
    [0, 'done'],
    [2, 'wrong options or fields, or a file that cannot be read'],
    [3, 'the service cannot be reached, or is in trouble (HTTP 429, 5xx)'],
    [4, 'malformed kind, name or JSON; nothing was sent'],
    [7, 'an answer that cannot be read'],
    [9, 'the service refuses (any other HTTP 4xx)'],
    [10, 'HTTP 401: token expired, session over or no session: log in'],
    [11, 'HTTP 403; 12: no such object (404); 13: 405; 14: 406; 15: it exists already, or its state forbids it (409)'],
    [75, 'another process or host held the session for too long'],
  ],
};

/** Of names, for every description. */
export const NAMES =
  'A name is /Compute-acme/jack.jones@example.com/web-1; where its beginning is missing, it is one of the user. The kind of object is the word of the original (ipreservation), of its successor (ip-reservations) or a REST path (ip/reservation).';
