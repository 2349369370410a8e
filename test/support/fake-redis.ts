import { once } from 'node:events';
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { LocalAuthority } from '../../fixtures/local-tls.js';

/** What the server sends for a command; a function sends by itself. */
export type FakeReply = string | ((socket: Socket) => void);

export interface FakeServer {
  readonly port: number;
  /** For `--store`. */
  readonly url: string;
  /** Every command, its words with blanks in between. */
  readonly commands: readonly string[];
  /** The names by which TLS was asked for; false where none was. */
  readonly names: readonly (string | false | null)[];
}

/** A server that says what a test wants. Without an answer of the test's it keeps nothing and takes everything. */
export async function fakeServer(
  answer: (words: readonly string[]) => FakeReply | undefined = () => undefined,
  tls?: { readonly authority: LocalAuthority; readonly hosts: readonly string[] },
): Promise<FakeServer> {
  const commands: string[] = [];
  const names: (string | false | null)[] = [];
  const open = new Set<Socket>();
  const serve = (socket: Socket) => {
    open.add(socket);
    let received = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      for (let command = firstOf(received); command; command = firstOf(received)) {
        received = received.slice(command.length);
        commands.push(command.words.join(' '));
        const reply = answer(command.words) ?? usualAnswer(command.words);
        if (typeof reply === 'string') socket.write(reply);
        else reply(socket);
      }
    });
  };
  const server = tls
    ? createTlsServer(await tls.authority.issue(tls.hosts), (socket: TLSSocket) => {
        names.push(socket.servername);
        serve(socket);
      })
    : createPlainServer(serve);
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `redis${tls ? 's' : ''}://127.0.0.1:${port}`, commands, names };
}

/** Several replies as one. */
export function list(...replies: readonly string[]): string {
  return `*${replies.length}\r\n${replies.join('')}`;
}

export function text(value: string): string {
  return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
}

/** The server's time, which TIME and the script for the lock give. */
export function timeOf(milliseconds: number): readonly string[] {
  return [text(String(Math.floor(milliseconds / 1000))), text('0')];
}

function usualAnswer([command = '', script = '', , , , owner = '']: readonly string[]): string {
  switch (command.toUpperCase()) {
    case 'GET':
      return '$-1\r\n';
    case 'TIME':
      return list(...timeOf(Date.now()));
    case 'EVAL':
      return script.includes("'NX'") ? list('$-1\r\n', text(`${owner} 1`), ...timeOf(Date.now())) : ':1\r\n';
    default:
      return '+OK\r\n';
  }
}

/** The first command in what was received; undefined where it is not all there. */
function firstOf(received: string): { readonly words: string[]; readonly length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(received);
  if (!head) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  for (let left = Number(head[1]); left > 0; left--) {
    const length = /^\$(\d+)\r\n/.exec(received.slice(at));
    if (!length) return undefined;
    const start = at + length[0].length;
    const end = start + Number(length[1]);
    if (received.length < end + 2) return undefined;
    words.push(received.slice(start, end));
    at = end + 2;
  }
  return { words, length: at };
}
