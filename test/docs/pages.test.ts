import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.js';
import { ERROR_TABLE, type ErrorRow, statusOfRefusal } from '../../cli/errors/catalog.js';
import { STORE_VARIABLES } from '../../cli/flags/general.js';
import { SUFFICIENT_ACL } from '../../fixtures/redis/server.js';
import type { ErrorCode } from '../../lib/errors.js';
import * as compute from '../../lib/index.js';
import * as oci from '../../lib/oci/index.js';

const INTRODUCTION = `# Errors

An error is one line on stderr with what happened, and one line with what to do next:

\`\`\`
oracle-compute: the token expired at 2026-03-01 12:30:00 UTC
log in: oracle-compute auth
\`\`\`

stdout is empty then. Only a command whose output is for \`eval\` prints the word \`false\`, if stdout is not a terminal, so
that \`eval "$(oracle-compute auth …)"\` fails too. With \`--format json\` the error is one object on stderr:
\`{"error":{"code","message","hint"}}\`. Of several objects in one call, each failure is one line, or one such object with its
\`name\`, without the next step on a line of its own. With \`--debug\` a stack trace follows.

Codes and exit statuses are stable; a script may rely on them. Messages are for people and may change. The exit statuses
are those of Oracle's own \`oracle-compute\`, and 75 is \`EX_TEMPFAIL\` of sysexits.h.

| status | a script should |
|---|---|
| 0 | go on |
| 1, 5, 7 | report it |
| 2, 4 | alert someone: flags, files, the keychain or malformed values must be fixed |
| 3, 75 | try again later |
| 9, 11–15 | check its request |
| 10 | alert someone: a login is needed |
| 126, 127 | check the command that \`exec\` should run |
| 128 + n | treat it as ended by signal n |

\`oracle-compute exec\` ends with the status of the command that it runs.
`;

/** Where the status depends on a fact: the facts that make a difference. */
const FACTS: Partial<Record<ErrorCode, readonly object[]>> = {
  INTERRUPTED: ['SIGHUP', 'SIGINT', 'SIGTERM'].map((signal) => ({ signal })),
  REQUEST_REFUSED: [400, 401, 403, 404, 405, 406, 409, 410].map((status) => ({ status })),
};

function statusesOf(code: ErrorCode): number[] {
  const { status } = ERROR_TABLE[code] as ErrorRow<ErrorCode>;
  if (typeof status === 'number') return [status];
  const facts = FACTS[code];
  if (!facts) throw new Error(`the status of ${code} depends on facts that this page does not know`);
  return [...new Set(facts.map((fields) => status(fields as never)))].sort((one, other) => one - other);
}

function renderPage(): string {
  const codes = (Object.keys(ERROR_TABLE) as ErrorCode[]).sort();
  const rows = codes.map((code) => {
    const { meaning } = ERROR_TABLE[code];
    return `| ${statusesOf(code).join(', ')} | \`${code}\` | ${meaning} |`;
  });
  return [INTRODUCTION, '## Codes\n', '| status | code | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

describe('docs/errors.md', () => {
  it('has every code with its status and meaning (after a change: npx vitest run test/docs --update)', async () => {
    await expect(renderPage()).toMatchFileSnapshot('../../docs/errors.md');
  });

  it('says nothing about a status that no error has, and leaves none out', () => {
    const said = new Set([...INTRODUCTION.matchAll(/^\| ([\d, –]+) \|/gm)].flatMap(([, list = '']) => expand(list)));
    const used = new Set(
      (Object.keys(ERROR_TABLE) as ErrorCode[]).flatMap(statusesOf).filter((status) => status < 128),
    );
    expect([...said].sort()).toEqual([...used, 0].sort());
  });

  it('describes each code in one sentence or two, on one line', () => {
    for (const { meaning } of Object.values(ERROR_TABLE)) expect(meaning).toMatch(/^[A-Z][^\n|]*\.$/);
  });
});

function expand(list: string): number[] {
  return list.split(', ').flatMap((part) => {
    const [from = 0, to = from] = part.split('–').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

it('gives refusals the statuses of Oracle, by their HTTP status', () => {
  expect([400, 401, 403, 404, 405, 406, 409, 410, 418].map(statusOfRefusal)).toEqual([9, 10, 11, 12, 13, 14, 15, 9, 9]);
});

const fleetPage = readFileSync('docs/fleet.md', 'utf8');

it('docs/fleet.md prints the ACL that the tests run with', () => {
  expect(fleetPage).toContain(`user opc on >the-password ${SUFFICIENT_ACL}\n`);
});

it('docs/fleet.md names the variables and commands that there are', () => {
  for (const variable of STORE_VARIABLES) expect(fleetPage).toContain(variable);
  const named = [...fleetPage.matchAll(/oracle-compute (store \w+|refresh_token|exec|schedule)/g)].map(
    (match) => match[1],
  );
  const known = COMMANDS.map(({ path }) => path.join(' '));
  expect(named.length).toBeGreaterThan(5);
  for (const command of named) expect(known).toContain(command);
});

it('docs/library.md has every function and class that the library exports', () => {
  const page = readFileSync('docs/library.md', 'utf8');
  const used = new Set([...page.matchAll(/^```ts\n.*?^```/gms)].flatMap(([example]) => example.match(/\w+/g)));
  // What they make is used, and they are named in the text.
  const named = ['ComputeSession', 'OciSession', 'OracleComputeError'];
  const missing = Object.keys({ ...compute, ...oci }).filter((name) => !used.has(name) && !named.includes(name));
  expect(missing).toEqual([]);
});
