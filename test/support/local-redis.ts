import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { ACQUIRE, EXTEND, RELEASE, REPLACE } from '../../lib/store/redis-server.js';

/** A server inside the test's own process: it knows what a session needs, and answers otherwise as it is told. */
export interface LocalServer {
  readonly url: string;
  /** What is kept, by key. */
  readonly kept: Map<string, string>;
  /** The commands that came, by their names. */
  readonly asked: string[];
  /** Gives an error reply, such as `LOADING …`, in place of an answer; undefined for the answer. */
  refuse: (command: string) => string | undefined;
}

type Answer = string | number | null | readonly Answer[];

/** @param now the server's time, in milliseconds since the epoch */
export async function localServer(now: () => number): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (let command = readCommand(received); command; command = readCommand(received)) {
        received = received.subarray(command.length);
        const [name = ''] = command.words;
        redis.asked.push(name);
        const refusal = redis.refuse(name);
        socket.write(refusal === undefined ? render(answer(command.words, redis.kept, now())) : `-${refusal}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const redis: LocalServer = {
    url: `redis://127.0.0.1:${address.port}`,
    kept: new Map(),
    asked: [],
    refuse: () => undefined,
  };
  return redis;
}

/** A list of strings (RESP, arrays), as clients send commands; undefined where it is not whole yet. */
function readCommand(bytes: Buffer): { readonly words: readonly string[]; readonly length: number } | undefined {
  let at = 0;
  const line = () => {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const text = bytes.toString('latin1', at + 1, end);
    at = end + 2;
    return Number(text);
  };
  const count = line();
  if (count === undefined) return undefined;
  const words: string[] = [];
  while (words.length < count) {
    const size = line();
    if (size === undefined || bytes.length < at + size + 2) return undefined;
    words.push(bytes.toString('utf8', at, at + size));
    at += size + 2;
  }
  return { words, length: at };
}

function render(reply: Answer): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(render).join('')}`;
}

function answer([command, ...rest]: readonly string[], kept: Map<string, string>, now: number): Answer {
  const time = [String(Math.floor(now / 1000)), String((now % 1000) * 1000)];
  const get = (key = '') => kept.get(key) ?? null;
  switch (command) {
    case 'GET':
      return get(rest[0]);
    case 'TIME':
      return time;
    case 'EVAL':
      return run(rest, kept, time, get);
    default:
      return 'OK';
  }
}

/** The scripts of ours, in other words. What would run out stays: no test waits for it. */
function run(
  [script, count, ...rest]: readonly string[],
  kept: Map<string, string>,
  time: readonly string[],
  get: (key?: string) => string | null,
): Answer {
  const keys = rest.slice(0, Number(count));
  const [first = '', second = ''] = keys;
  const [value = '', tag] = rest.slice(Number(count));
  switch (script) {
    case ACQUIRE:
      if (!kept.has(second)) kept.set(second, `${value} ${time[0]}`);
      return [get(first), get(second), ...time];
    case EXTEND:
      return get(first) === value ? 1 : 0;
    case RELEASE:
      return get(first) === value && kept.delete(first) ? 1 : 0;
    case REPLACE:
      if (kept.has(first) && get(first) !== value && get(first)?.split('.')[0] !== tag) return 0;
      kept.set(first, value);
      return 1;
    default:
      return null;
  }
}
