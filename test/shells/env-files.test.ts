import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DialectName } from '../../fixtures/compute-service/dialect.js';
import { renderAssignments } from '../../lib/shell/assignments.js';
import type { ShellSyntax } from '../../lib/shell/syntax.js';
import { HOSTILE_VALUES } from '../support/hostile-values.js';
import { requirePart } from '../support/real-part.js';
import { temporaryHome } from '../support/temporary-home.js';
import { userMachine } from '../support/user-machine.js';

const run = promisify(execFile);

/** What is to be held, without what no form may hold: see `assertNoControlCharacters`. */
const VALUES = HOSTILE_VALUES.filter((value) => !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(value));

const printed = (syntax: ShellSyntax, value: string) => renderAssignments(syntax, [{ name: 'VALUE', value }]);

/** GitHub's runner: a line with `=` before any `<<` is name and value, as they stand. */
function readGithub(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      if (line === '') return [];
      const [equals, heredoc] = [line.indexOf('='), line.indexOf('<<')];
      if (equals < 0 || (heredoc >= 0 && heredoc < equals)) throw new Error('not a value of one line');
      return [[line.slice(0, equals), line.slice(equals + 1)]];
    }),
  );
}

/** docker run --env-file: blanks before a line are dropped, `#` begins a comment there, the rest is as it stands. */
function readDocker(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => line.trimStart());
  const kept = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(kept.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** systemd.exec(5), `EnvironmentFile=`: the quotes of a value, and backslashes in front of the four characters. */
function readSystemd(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(line) ?? [];
      if (name === undefined) return [];
      const [, quoted] = /^"((?:[^"\\]|\\.)*)"$/s.exec(value) ?? [];
      if (quoted !== undefined) return [[name, quoted.replace(/\\(["\\`$])/g, '$1')]];
      if (/["'\\\s]/.test(value)) throw new Error('read in another way');
      return [[name, value]];
    }),
  );
}

describe.each([
  ['github', readGithub],
  ['docker', readDocker],
  ['systemd', readSystemd],
] as const)('%s, by its documented rules', (syntax, read) => {
  it('reads every value back', () => {
    for (const value of VALUES) expect(read(printed(syntax, value))).toEqual(new Map([['VALUE', value]]));
  });

  it.each(['a\nb', 'a\rb', 'a\0b', 'a\u001bb', '\ud800'])('is refused a value that it cannot carry: %j', (value) => {
    expect(() => printed(syntax, value)).toThrow(expect.objectContaining({ code: 'VALUE_NOT_QUOTABLE' }));
  });
});

describe('curl', () => {
  it('sends every value as it is', async () => {
    requirePart('curl');
    const received: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      received.push(request.headers.cookie);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const folder = temporaryHome();
    // Blanks at the end of a header are not part of it.
    const values = VALUES.map((value) => `nimbula=${value}.`);
    const requests = values.map((value, index) => {
      const config = join(folder, `config${index}`);
      writeFileSync(config, renderAssignments('curl', [{ name: 'cookie', value }]));
      return ['-sS', '-K', config, `http://127.0.0.1:${port}/`];
    });
    // One process for all of them; each gets its options after `--next`.
    await run('curl', [
      '-q',
      ...requests.flatMap((request, index) => (index === 0 ? request : ['--next', ...request])),
    ]);
    expect(received).toEqual(values.map((value) => Buffer.from(value).toString('latin1')));
  });

  it.each<DialectName>(['cloud', 'machine'])('sends the cookie: %s', async (dialect) => {
    requirePart('curl');
    requirePart('dash');
    const { shell, service } = await userMachine({ dialect });
    const { stdout, stderr } = await shell(
      'dash',
      `container=\${OPC_USER%/*}
oracle-compute auth --shell curl $OPC_USER ~/.opc/password | curl -sS -K - "\${OPC_API}instance$container/" | grep -c web-1
oracle-compute env --shell curl | curl -sS -K - "\${OPC_API}shape/oc3" | grep -c 7680
oracle-compute refresh_token --shell curl | curl -sS -K - "\${OPC_API}shape/oc3" | grep -c 7680
`,
      { OPC_USER: service.user },
    );
    expect({ stdout, stderr }).toEqual({ stdout: '1\n1\n1\n', stderr: '' });
  });

  it('keeps a jar that commands read', async () => {
    requirePart('curl');
    requirePart('dash');
    const { shell, service } = await userMachine();
    const { stdout, stderr } = await shell(
      'dash',
      `cd
printf '{"user": "%s", "password": "%s"}' "$OPC_USER" "$(cat .opc/password)" > body
curl -sS -c jar -H 'Content-Type: application/oracle-compute-v3+json' -d @body "\${OPC_API}authenticate/"
cp jar before
oracle-compute list instance --cookie-file jar -HFlabel
OPC_COOKIE_FILE=jar oracle-compute request GET /shape/oc3 -HFram
cmp jar before
`,
      { OPC_USER: service.user },
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'web-1\nweb-2\n7680\n', stderr: '' });
    expect(service.logins).toBe(1);
  });
});
