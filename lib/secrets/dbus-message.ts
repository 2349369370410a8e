/** Messages of D-Bus (D-Bus Specification, Message Protocol): as much of them as asking a question takes. */

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Texts (`s`) and dictionaries of texts (`a{ss}`). */
  readonly arguments?: ReadonlyArray<string | Readonly<Record<string, string>>>;
}

export interface BusMessage {
  /** How many bytes it took. */
  readonly length: number;
  readonly replyTo: number | undefined;
  /** The name of the error, where the message is one. */
  readonly error: string | undefined;
  readonly body: BusReader;
}

const METHOD_CALL = 1;
const ERROR = 3;
const PROTOCOL_VERSION = 1;
const FIELD = { path: 1, interface: 2, member: 3, error: 4, replySerial: 5, destination: 6, signature: 8 } as const;
const HEADER_BYTES = 16;
const LITTLE_ENDIAN = 'l'.charCodeAt(0);

/** Everything is aligned to its own size, counted from the start of the message. */
function aligned(offset: number, size: number): number {
  return Math.ceil(offset / size) * size;
}

class BusWriter {
  readonly bytes: number[] = [];

  align(size: number): void {
    while (this.bytes.length % size !== 0) this.bytes.push(0);
  }

  uint32(value: number): void {
    this.align(4);
    this.bytes.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff);
  }

  text(text: string): void {
    const utf8 = Buffer.from(text, 'utf8');
    this.uint32(utf8.length);
    this.bytes.push(...utf8, 0);
  }

  signature(signature: string): void {
    this.bytes.push(signature.length, ...Buffer.from(signature, 'ascii'), 0);
  }

  /** An array whose elements are aligned to eight bytes; the padding before the first does not count as its length. */
  array(elements: ReadonlyArray<() => void>): void {
    this.uint32(0);
    const lengthAt = this.bytes.length - 4;
    this.align(8);
    const start = this.bytes.length;
    for (const element of elements) {
      this.align(8);
      element();
    }
    const length = new BusWriter();
    length.uint32(this.bytes.length - start);
    this.bytes.splice(lengthAt, 4, ...length.bytes);
  }
}

/** A method call as bytes. */
export function encodeCall(serial: number, call: BusCall): Uint8Array {
  const given = call.arguments ?? [];
  const body = new BusWriter();
  for (const argument of given) {
    if (typeof argument === 'string') body.text(argument);
    else {
      const entries = Object.entries(argument);
      body.array(
        entries.map(([key, value]) => () => {
          body.text(key);
          body.text(value);
        }),
      );
    }
  }
  const signature = given.map((argument) => (typeof argument === 'string' ? 's' : 'a{ss}')).join('');
  const message = new BusWriter();
  message.bytes.push(LITTLE_ENDIAN, METHOD_CALL, 0, PROTOCOL_VERSION);
  message.uint32(body.bytes.length);
  message.uint32(serial);
  const field = (code: number, type: string, value: string) => () => {
    message.bytes.push(code);
    message.signature(type);
    if (type === 'g') message.signature(value);
    else message.text(value);
  };
  message.array([
    field(FIELD.path, 'o', call.path),
    field(FIELD.interface, 's', call.interface),
    field(FIELD.member, 's', call.member),
    field(FIELD.destination, 's', call.destination),
    ...(signature === '' ? [] : [field(FIELD.signature, 'g', signature)]),
  ]);
  message.align(8);
  return Uint8Array.from([...message.bytes, ...body.bytes]);
}

/** Reads values one after the other. Throws RangeError where the bytes end too early. */
export class BusReader {
  constructor(
    private readonly bytes: Buffer,
    private offset: number,
    private readonly littleEndian: boolean,
  ) {}

  get position(): number {
    return this.offset;
  }

  align(size: number): void {
    this.offset = aligned(this.offset, size);
  }

  byte(): number {
    const value = this.bytes.readUInt8(this.offset);
    this.offset += 1;
    return value;
  }

  uint32(): number {
    this.align(4);
    const value = this.littleEndian ? this.bytes.readUInt32LE(this.offset) : this.bytes.readUInt32BE(this.offset);
    this.offset += 4;
    return value;
  }

  text(): string {
    return this.characters(this.uint32());
  }

  signature(): string {
    return this.characters(this.byte());
  }

  /** Passes over an array and gives the number of its bytes. */
  skipArray(): number {
    const length = this.uint32();
    this.offset += length;
    return length;
  }

  private characters(length: number): string {
    const start = this.offset;
    // The NUL at the end does not count as its length.
    this.offset = start + length + 1;
    if (this.offset > this.bytes.length) throw new RangeError('a text ends too early');
    return this.bytes.toString('utf8', start, start + length);
  }
}

/** The first message in what arrived, or undefined where it is not whole yet. */
export function decodeMessage(bytes: Buffer): BusMessage | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const littleEndian = bytes[0] === LITTLE_ENDIAN;
  const header = new BusReader(bytes, 4, littleEndian);
  const bodyLength = header.uint32();
  header.uint32();
  const fieldsEnd = HEADER_BYTES + header.uint32();
  const bodyStart = aligned(fieldsEnd, 8);
  if (bytes.length < bodyStart + bodyLength) return undefined;
  let replyTo: number | undefined;
  let error: string | undefined;
  while (header.position < fieldsEnd) {
    header.align(8);
    const code = header.byte();
    const type = header.signature();
    const value = type === 'u' ? header.uint32() : type === 'g' ? header.signature() : header.text();
    if (code === FIELD.replySerial && typeof value === 'number') replyTo = value;
    if (code === FIELD.error && typeof value === 'string' && bytes[1] === ERROR) error = value;
  }
  return { length: bodyStart + bodyLength, replyTo, error, body: new BusReader(bytes, bodyStart, littleEndian) };
}
