import { type ChildProcess, execFile, spawn } from 'node:child_process';
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

  it('is not sent a second time from stdin: exit 10', async () => {
    let requests = 0;
    const { home, env } = await server(async (request, response) => {
      requests += 1;
      await countBytes(request);
      response.writeHead(401).end('{"message": "Authorization token is invalid"}');
    });
    const shell = ['sh', '-c', 'exec "$@" < "$0"', sparseFile(join(home, 'image'), 2 * MEBIBYTE)];
    const line = [...shell, process.execPath, PROGRAM];
    const result = await runProgram(['request', 'PUT', '/image', '--data', '-'], { env }, line);
    expect(result).toMatchObject({ status: 10, stdout: '' });
    expect(requests).toBe(1);
  });
});

describe('an answer that is not read, or not sent, to its end', () => {
  it('is given up quietly where nobody reads any more', async () => {
    const { env } = await server((_, response) => {
      const send = () => {
        while (response.write('0123456789'.repeat(1000)));
        response.once('drain', send);
      };
      send();
    });
    const script = `"$1" "$2" request GET /endless | head -c 10; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((done, fail) => {
      execFile('bash', ['-c', script, 'bash', process.execPath, PROGRAM], { env }, (error, out, err) => {
        if (error) fail(error);
        else done({ stdout: out, stderr: err });
      });
    });
    expect({ stdout, stderr }).toEqual({ stdout: '01234567890\n', stderr: '' });
  });

  it('is exit 3 where the service cuts it', async () => {
    const { env } = await server((_, response) => {
      response.setHeader('Content-Length', 100);
      response.write('half', () => response.destroy());
    });
    const result = await runProgram(['request', 'GET', '/half'], { env });
    expect(result).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/cannot be reached: the connection was cut/),
    });
  });

  it('is exit 3 where the service falls silent for longer than the time limit, however long the whole takes', async () => {
    const { env } = await server((request, response) => {
      let beats = 0;
      response.write('beat\n');
      const timer = setInterval(() => {
        beats += 1;
        if (beats < 12) response.write('beat\n');
        else if (request.url === '/ends') {
          clearInterval(timer);
          response.end();
        }
      }, 500);
      response.once('close', () => clearInterval(timer));
    });
    const line = ['request', 'GET', '--timeout', '5s'];
    const ends = await runProgram([...line, '/ends'], { env });
    expect(ends).toEqual({ status: 0, signal: null, stdout: 'beat\n'.repeat(12), stderr: '' });
    const silent = await runProgram([...line, '/silent'], { env });
    expect(silent).toMatchObject({ status: 3, stderr: expect.stringContaining('did not answer within 5 s') });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('is given up at %s', async (signal) => {
    let isAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const { env } = await server((_, response) => {
      response.write('begun');
      isAsked();
    });
    const result = await runProgram(['request', 'GET', '/x'], {
      env,
      onStart: (child) => {
        asked.then(() => child.kill(signal));
      },
    });
    expect(result).toMatchObject({ status: signal === 'SIGINT' ? 130 : 143, signal: null });
  });

  it('is not waited for at SIGINT while stdin has more to come', async () => {
    let child: ChildProcess | undefined;
    const { env } = await server((request) => {
      request.once('data', () => child?.kill('SIGINT'));
    });
    child = spawn(process.execPath, [PROGRAM, 'request', 'PUT', '/x', '--data', '-'], {
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.write(Buffer.alloc(2 * MEBIBYTE));
    expect(await once(child, 'exit')).toEqual([130, null]);
  });
});
