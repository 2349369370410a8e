import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { cleanEnvironment, PROGRAM } from './program.js';
import { temporaryHome } from './temporary-home.js';

/** The program alone takes some 90 MiB; the list would add several hundred. */
const MOST_MEMORY = 220 * 1024 * 1024;
const row = (index: number) => JSON.stringify({ name: `/Compute-acme/jack/web-${index}`, filler: 'x'.repeat(400) });

/** A service that has a long list, and waits before most of it. */
async function longList(rows: number, beforeMost: Promise<void>) {
  const running = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/oracle-compute-v3+json');
    void write(response, rows, beforeMost).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    running.closeAllConnections();
    running.close();
  });
  const { port } = running.address() as AddressInfo;
  return cleanEnvironment(temporaryHome(), { OPC_API: `http://127.0.0.1:${port}`, OPC_COOKIE: 'opaque' });
}

async function write(response: ServerResponse, rows: number, beforeMost: Promise<void>): Promise<void> {
  response.write(`{"result": [${row(0)}`);
  await beforeMost;
  for (let index = 1; index < rows; index += 1) {
    if (!response.write(`, ${row(index)}`)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end(']}');
}

function peakMemory({ pid }: ChildProcess): number {
  const [, kibibytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

/** Lists so many objects with the built program: in little memory, the first row before the service sends the rest. */
export async function expectToStream(format: string, rows: number): Promise<void> {
  let sendMost: () => void = () => {};
  const env = await longList(
    rows,
    new Promise((resolve) => {
      sendMost = resolve;
    }),
  );
  const args = [PROGRAM, 'list', 'instance', '/Compute-acme/', '-F', 'name', '-f', format];
  const child = spawn(process.execPath, args, {
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let count = 0;
  let peak = 0;
  let tail = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    const pieces = (tail + chunk).split('/web-');
    count += pieces.length - 1;
    tail = pieces.at(-1)?.slice(-4) ?? '';
    // Nothing else comes before the first row has been seen.
    if (count > 0) sendMost();
    if (child.exitCode === null) peak = Math.max(peak, peakMemory(child));
  }
  const status = await new Promise((resolve) => (child.exitCode === null ? child.once('close', resolve) : resolve(0)));
  expect({ status, count, stderr }).toEqual({ status: 0, count: rows, stderr: '' });
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(MOST_MEMORY);
}
