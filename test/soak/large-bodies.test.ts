import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { temporaryHome } from '../support/temporary-home.js';

const MEBIBYTE = 1024 * 1024;
const SIZE = 300 * MEBIBYTE;
/** The program alone takes some 90 MiB; a body held in memory would add 300. */
const MOST_MEMORY = 200 * MEBIBYTE;

/** A service that takes and gives more than the local Compute service does. */
async function server(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const running = createServer(answer);
  running.listen(0, '127.0.0.1');
  await once(running, 'listening');
  onTestFinished(() => {
    running.closeAllConnections();
    running.close();
  });
  const { port } = running.address() as AddressInfo;
  const home = temporaryHome();
  return { home, env: cleanEnvironment(home, { OPC_API: `http://127.0.0.1:${port}`, OPC_COOKIE: 'opaque' }) };
}

async function countBytes(request: IncomingMessage): Promise<number> {
  let total = 0;
  for await (const chunk of request) total += chunk.length;
  return total;
}

/** The most memory that a process has had so far, in bytes. */
function peakMemory({ pid }: ChildProcess): number {
  const [, kibibytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

function sparseFile(path: string, size: number): string {
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  closeSync(file);
  return path;
}

describe('a large body', () => {
  it.each([
    ['a file', (file: string) => ['--data', `@${file}`], String(SIZE), undefined],
    ['stdin', () => ['--data', '-'], undefined, 'chunked'],
  ])('goes up from %s in little memory', async (_, data, length, encoding) => {
    let child: ChildProcess | undefined;
    let peak = 0;
    const { home, env } = await server(async (request, response) => {
      expect(request.headers).toMatchObject({ cookie: 'nimbula=opaque', ...(length && { 'content-length': length }) });
      expect(request.headers['transfer-encoding']).toBe(encoding);
      const total = await countBytes(request);
      if (child) peak = peakMemory(child);
      response.end(String(total));
    });
    const file = sparseFile(join(home, 'image'), SIZE);
    const shell = ['sh', '-c', 'exec "$@" < "$0"', file, process.execPath, PROGRAM];
    const result = await runProgram(
      ['request', 'PUT', '/image', ...data(file)],
      {
        env,
        onStart: (started) => {
          child = started;
        },
      },
      shell,
    );
    expect(result).toMatchObject({ status: 0, stdout: String(SIZE), stderr: '' });
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(MOST_MEMORY);
  });

  it('comes down in little memory', async () => {
    const { home, env } = await server((_, response) => {
      response.setHeader('Content-Length', SIZE);
      const chunk = Buffer.alloc(MEBIBYTE);
      let sent = 0;
      const send = () => {
        while (sent < SIZE && response.write(chunk)) sent += chunk.length;
        if (sent < SIZE) {
          sent += chunk.length;
          response.once('drain', send);
        } else response.end();
      };
      send();
    });
    // A program that has just ended has no peak any more: the one before counts.
    const script = `"$@" > "$0" & pid=$!
      while [ "$(stat -c %s "$0")" -lt ${SIZE} ]; do
        peak=$(grep VmHWM /proc/$pid/status) && echo "$peak" > "$0.peak"
      done; wait $pid`;
    const target = sparseFile(join(home, 'target'), 0);
    const shell = ['sh', '-c', script, target, process.execPath, PROGRAM];
    expect(await runProgram(['request', 'GET', '/image'], { env }, shell)).toMatchObject({ status: 0, stderr: '' });
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`${target}.peak`, 'utf8')) ?? [];
    expect(Number(kibibytes) * 1024).toBeLessThan(MOST_MEMORY);
  });
});

it('an answer may take longer than the time limit, as long as it does not fall silent', async () => {
  const { env } = await server((_, response) => {
    let beats = 0;
    const timer = setInterval(() => {
      beats += 1;
      if (beats <= 12) response.write('beat\n');
      else response.end();
    }, 1000);
    response.once('close', () => clearInterval(timer));
  });
  const ends = await runProgram(['request', 'GET', '--timeout', '10s', '/ends'], { env });
  expect(ends).toEqual({ status: 0, signal: null, stdout: 'beat\n'.repeat(12), stderr: '' });
});
