import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { send } from '../fixtures/oci-client.js';
import { type OciBench, ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';
import { modesAround, watched } from './at-terminal.js';

const LINE = `${process.execPath} ${OCI_PROGRAM} session authenticate --profile-name T --callback-port 0`;
/** Longer than a terminal in line mode takes. */
const LONG = `&state=${'x'.repeat(5000)}`;

/** Where the browser of somebody else's machine ends: it cannot reach the callback. */
async function finalAddress({ service }: OciBench, shown: string): Promise<string | undefined> {
  const [url] = /https:\/\/login\.\S+/.exec(shown) ?? [];
  if (url === undefined) return undefined;
  return (await send(service, { url })).headers.location;
}

/** The program at a terminal of its own; `script` (Tcl) pastes `$address`, which the login ends at. */
async function atTerminal(bench: OciBench, script: string) {
  const [path, addressFile] = [join(bench.home, 'script.exp'), join(bench.home, 'address')];
  writeFileSync(
    path,
    `set timeout 60
proc need {pattern} { expect -re $pattern {} timeout { puts "\\nno $pattern"; exit 99 } eof { puts "\\nend, no $pattern"; exit 98 } }
spawn -noecho ${watched(bench.home, LINE)}
need {Waiting for the login}
while {![file exists ${addressFile}]} { after 100 }
# Until the program reads keys, the terminal would show what is pasted, and cut a long line.
while {![regexp -- {-icanon} [exec stty -a < $spawn_out(slave,name)]]} { after 50 }
set channel [open ${addressFile}]; set address [string trim [read $channel]]
${script}
expect eof
lassign [wait] pid spawn_id os_error status
exit $status
`,
  );
  const env = cleanEnvironment(bench.home, {
    ...bench.env,
    TERM: 'xterm',
    SSH_CONNECTION: '203.0.113.1 1 203.0.113.2 22',
  });
  let shown = '';
  let found: Promise<void> | undefined;
  const onStart = (child: Parameters<NonNullable<Parameters<typeof runProgram>[1]['onStart']>>[0]) => {
    child.stdout?.on('data', (text: string) => {
      shown += text;
      if (!/https:\/\/login\.\S+\s/.test(shown)) return;
      found ??= finalAddress(bench, shown).then((address) => writeFileSync(addressFile, `${address}${LONG}\n`));
    });
  };
  const result = await runProgram([path], { env, onStart }, [requirePart('expect')]);
  await found;
  return result;
}

describe('a login whose browser is on another machine', () => {
  // Which parts of an address are enough: test/lib/oci/pasted-address.test.ts.
  it.each([
    ['by a bracketed paste', 'send -- "\\033\\[200~$address\\033\\[201~\\r"'],
    [
      'after half of it and something else',
      'send -- "[string range $address 0 40]\\r"; need {the login succeeded, but}; send -- "what now?\\r"; need {not the address}; send -- $address; send "\\r"',
    ],
  ])('takes the final address pasted %s, and does not show it', async (_what, script) => {
    const bench = await ociBench({ clock: Date.now }, Date.now());
    const result = await atTerminal(bench, script);
    expect(result, result.stdout).toMatchObject({ status: 0 });
    expect(result.stdout).toMatch(/page that fails to load and paste it here \(hidden\).*https:\/\/login\./s);
    expect(result.stdout).toContain('Config written to:');
    expect(result.stdout).not.toContain('security_token=');
    expect(result.stdout).not.toContain(bench.storedToken('T'));
    expect((await bench.run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
  });

  it('ends at Ctrl-C with the terminal as it was', async () => {
    const bench = await ociBench({ clock: Date.now }, Date.now());
    expect(await atTerminal(bench, 'send "\\003"')).toMatchObject({ status: 130 });
    const [before, after] = modesAround(bench.home);
    expect(after).toBe(before);
  });

  it('takes the address on standard input, and says in a line each what others are', async () => {
    const bench = await ociBench({ clock: Date.now }, Date.now());
    const old = (await bench.service.issueSession()).token;
    let shown = '';
    let isAnswered = false;
    const [command = '', ...args] = LINE.split(' ');
    const env = cleanEnvironment(bench.home, bench.env);
    const { spawn } = await import('node:child_process');
    const child = spawn(command, args, { env: env as NodeJS.ProcessEnv });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (isAnswered || !/https:\/\/login\.\S+\s/.test(shown)) return;
      isAnswered = true;
      finalAddress(bench, shown).then((address = '') => {
        const port = new URL(address).port;
        const others = [
          'nonsense',
          address.replace(port, String(Number(port) + 1)),
          address.replace('localhost', 'evil.example'),
          `http://localhost:${port}/#security_token=${old}&token_type=Bearer`,
          address.slice(0, address.indexOf('security_token=') + 40),
          address.slice(0, address.indexOf('=')),
        ];
        child.stdin.write(`${[...others, address].join('\n')}\n`);
      });
    });
    const status = await new Promise((done) => child.once('close', done));
    expect(status, shown).toBe(0);
    const notes = shown.split('\n').filter((line) => line.endsWith('; still waiting for the login'));
    const foreign = 'that is not the address at which this login ends';
    expect(notes.map((note) => /^oci: (.*); still/.exec(note)?.[1])).toEqual([
      foreign,
      foreign,
      foreign,
      'the login succeeded, but the token is not for the key of this login',
      'the login succeeded, but the session token cannot be used: it is not a JWT',
      foreign,
    ]);
    expect((await bench.run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
  });
});
