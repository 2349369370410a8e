import type { Socket } from 'node:net';
import { type BusCall, type BusMessage, decodeMessage, encodeCall } from './dbus-message.js';

const LARGEST_MESSAGE = 1024 * 1024;

/** A connection to the D-Bus session bus. */
export interface SessionBus {
  /** The answer, which may be an error. Undefined where the bus ends the connection instead. */
  call(call: BusCall): Promise<BusMessage | undefined>;
  close(): void;
}

/**
 * The socket paths in the address of a bus (D-Bus Specification, Server Addresses): `unix:path=…` and
 * `unix:abstract=…`; other transports are passed over. Where there is no address, the bus of the runtime folder.
 */
export function busSockets(env: Readonly<Record<string, string | undefined>>): string[] {
  const address =
    env.DBUS_SESSION_BUS_ADDRESS || (env.XDG_RUNTIME_DIR ? `unix:path=${env.XDG_RUNTIME_DIR}/bus` : undefined);
  return (address ?? '').split(';').flatMap((one) => {
    const [, kind, escaped = ''] = /^unix:(?:.*,)?(path|abstract)=([^,]*)/.exec(one) ?? [];
    const path = escaped.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (kind === undefined || path === '') return [];
    return [kind === 'abstract' ? `\0${path}` : path];
  });
}

/** Connects to the first bus that answers, or gives undefined where none does. */
export async function openSessionBus(
  env: Readonly<Record<string, string | undefined>>,
): Promise<SessionBus | undefined> {
  for (const path of busSockets(env)) {
    const socket = await connectTo(path);
    const bus = socket && (await greet(socket));
    if (bus) return bus;
  }
  return undefined;
}

async function connectTo(path: string): Promise<Socket | undefined> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => resolve(socket));
    // Stays on: what fails later shows as the end of the connection.
    socket.on('error', () => resolve(undefined));
  });
}

/** Says who we are (Authentication Protocol, EXTERNAL: the socket tells the user) and asks for a name on the bus. */
async function greet(socket: Socket): Promise<SessionBus | undefined> {
  const received = new Received(socket);
  socket.write('\0AUTH EXTERNAL\r\nDATA\r\n');
  for (const expected of ['DATA', 'OK']) {
    if (!(await received.line())?.startsWith(expected)) {
      socket.destroy();
      return undefined;
    }
  }
  socket.write('BEGIN\r\n');
  let serial = 0;
  const bus: SessionBus = {
    call: async (call) => {
      serial += 1;
      socket.write(encodeCall(serial, call));
      return received.replyTo(serial);
    },
    close: () => socket.destroy(),
  };
  const name = 'org.freedesktop.DBus';
  const welcome = await bus.call({
    destination: name,
    path: '/org/freedesktop/DBus',
    interface: name,
    member: 'Hello',
  });
  if (welcome && welcome.error === undefined) return bus;
  bus.close();
  return undefined;
}

/** What arrives on a socket, taken out by lines at first and by messages later. */
class Received {
  private bytes: Buffer = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => undefined;

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      if (this.bytes.length > LARGEST_MESSAGE) socket.destroy();
      this.wake();
    });
    socket.once('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  line(): Promise<string | undefined> {
    return this.take(() => {
      const end = this.bytes.indexOf('\r\n');
      return end === -1 ? undefined : [this.bytes.toString('latin1', 0, end), end + 2];
    });
  }

  /** Passes over signals and other messages on the way. */
  async replyTo(serial: number): Promise<BusMessage | undefined> {
    for (;;) {
      const message = await this.take(() => {
        const first = decodeMessage(this.bytes);
        return first && [first, first.length];
      });
      if (!message || message.replyTo === serial) return message;
    }
  }

  private async take<T>(find: () => [found: T, length: number] | undefined): Promise<T | undefined> {
    for (;;) {
      const found = find();
      if (found) {
        this.bytes = this.bytes.subarray(found[1]);
        return found[0];
      }
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
