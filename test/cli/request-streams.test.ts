import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cleanEnvironment, PROGRAM, runProgram } from '../support/program.js';
import { temporaryHome } from '../support/temporary-home.js';
import { runLine } from '../support/test-context.js';

const MEBIBYTE = 1024 * 1024;
/** More than pipes, sockets and streams hold together. */
const SIZE = 32 * MEBIBYTE;

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
  const env = cleanEnvironment(home, { OPC_API: `http://127.0.0.1:${port}`, OPC_COOKIE: 'opaque' });
  return { home, env, runHere: (line: readonly string[]) => runLine(line, { home, env }) };
}

async function countBytes(request: IncomingMessage): Promise<number> {
  let total = 0;
  for await (const chunk of request) total += chunk.length;
  return total;
}

function sparseFile(path: string, size: number): string {
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  closeSync(file);
  return path;
}

/** Waits until a number has not changed for so long that nothing more is on its way. */
async function settled(number: () => number): Promise<void> {
  for (let [last, same] = [-1, 0]; same < 10; ) {
    await setTimeout(50);
    same = number() === last ? same + 1 : 0;
    last = number();
  }
}

describe('a large body', () => {
  // In how little memory: test/soak/large-bodies.test.ts.
  it('goes up from a file, its length known', async () => {
    const { home, runHere } = await server(async (request, response) => {
      expect(request.headers).toMatchObject({ cookie: 'nimbula=opaque', 'content-length': String(SIZE) });
      response.end(String(await countBytes(request)));
    });
    const file = sparseFile(join(home, 'image'), SIZE);
    const result = await runHere(['request', 'PUT', '/image', '--data', `@${file}`]);
    expect(result).toEqual({ status: 0, stdout: String(SIZE), stderr: '' });
  });

  it('goes up from stdin as fast as the service takes it, and no faster', async () => {
    let arrive: (take: () => void) => void = () => undefined;
    const arrived = new Promise<() => void>((resolve) => {
      arrive = resolve;
    });
    const { env } = await server((request, response) => {
      expect(request.headers['transfer-encoding']).toBe('chunked');
      arrive(async () => response.end(String(await countBytes(request))));
    });
    const child = spawn(process.execPath, [PROGRAM, 'request', 'PUT', '/image', '--data', '-', '--timeout', '10m'], {
      env,
    });
    const ended = once(child, 'close');
    let [given, stdout] = [0, ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stdin.on('error', () => undefined);
    const chunk = Buffer.alloc(MEBIBYTE);
    const give = () => {
      while (given < SIZE) {
        given += chunk.length;
        if (!child.stdin.write(chunk)) return void child.stdin.once('drain', give);
      }
      child.stdin.end();
    };
    give();
    const take = await arrived;
    await settled(() => given);
    expect(given).toBeLessThan(SIZE / 2);
    take();
    expect(await ended).toEqual([0, null]);
    expect(stdout).toBe(String(SIZE));
  });

  it('comes down as fast as it is read, and no faster', async () => {
    let sent = 0;
    const { env } = await server((_, response) => {
      response.setHeader('Content-Length', SIZE);
      const chunk = Buffer.alloc(MEBIBYTE);
      const send = () => {
        while (sent < SIZE) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', send);
        }
        response.end();
      };
      send();
    });
    const child = spawn(process.execPath, [PROGRAM, 'request', 'GET', '/image', '--timeout', '10m'], { env });
    const ended = once(child, 'close');
    await once(child.stdout, 'readable');
    await settled(() => sent);
    expect(sent).toBeLessThan(SIZE / 2);
    let read = 0;
    for await (const chunk of child.stdout) read += chunk.length;
    expect([read, await ended]).toEqual([SIZE, [0, null]]);
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
    const { runHere } = await server((_, response) => {
      response.setHeader('Content-Length', 100);
      response.write('half', () => response.destroy());
    });
    const result = await runHere(['request', 'GET', '/half']);
    expect(result).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/cannot be reached: the connection was cut/),
    });
  });

  it('is exit 3 where the service falls silent for longer than the time limit', async () => {
    const { runHere } = await server((_, response) => void response.write('beat\n'));
    const silent = await runHere(['request', 'GET', '--timeout', '1s', '/silent']);
    expect(silent).toMatchObject({ status: 3, stderr: expect.stringContaining('did not answer within 1 s') });
  });

  it('is given up at SIGTERM', async () => {
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
        asked.then(() => child.kill('SIGTERM'));
      },
    });
    expect(result).toMatchObject({ status: 143, signal: null });
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
