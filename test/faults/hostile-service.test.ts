import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  endlessly,
  type HostileAnswer,
  type HostileServiceOptions,
  once,
  startHostileService,
} from '../../fixtures/hostile-service.js';
import { createLocalAuthority } from '../../fixtures/local-tls.js';
import {
  COOKIE,
  CUT_ANSWERS,
  expectCutsToLeaveSession,
  head,
  hostileBench,
  LINES,
  PASSWORD,
  TOKEN,
  withCookie,
} from '../support/hostile-bench.js';
import { filesBelow, writeFileWithMode } from '../support/temporary-home.js';

/** Login and refresh are refused with this status and code, in one line that a terminal can show. */
async function refused(
  answer: HostileAnswer,
  status: number,
  code: string | RegExp,
  options: HostileServiceOptions & { flags?: string[] } = {},
) {
  const bench = await hostileBench(answer, options);
  for (const line of LINES) {
    const result = await bench.run([...line, '-f', 'json', ...(options.flags ?? [])]);
    expect(result, line.join(' ')).toMatchObject({ status, stdout: '' });
    const { error } = JSON.parse(result.stderr);
    expect(error.code).toMatch(code);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(`${error.message}${error.hint}`).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(error.message.length).toBeLessThan(500);
    expect(result.stderr).not.toMatch(new RegExp(`${PASSWORD}|${TOKEN}|a-new-token`));
    bench.expectUntouched();
  }
  return bench;
}

const inTime = { flags: ['--timeout', '0.4'] };

describe('an answer that never ends', () => {
  it.each([
    ['headers, a byte at a time', endlessly('HTTP/1.1 204 No Content\r\nX-Slow: ', 'a', 5)],
    ['a status line, a byte at a time', endlessly('HTTP/1.1 204 ', 'a', 5)],
    ['nothing at all', () => undefined],
    ['a body, a byte at a time', endlessly(head('200 OK', 'Content-Length: 60000', COOKIE.trim()), 'x', 5)],
    ['chunks, a byte at a time', endlessly(head('200 OK', 'Transfer-Encoding: chunked'), '1\r\nx\r\n', 5)],
    ['interim answers without end', endlessly('', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', 2)],
  ] as const)('%s: the time limit ends it', async (_, answer) => {
    await refused(answer, 3, 'TIMED_OUT', inTime);
  });

  const megabyte = Buffer.alloc(2 ** 20, 'x');
  it.each([
    ['a body without a length', endlessly(head('200 OK', COOKIE.trim()), megabyte)],
    ['a refusal', endlessly(head('401 Unauthorized'), megabyte)],
    ['a failure', endlessly(head('500 Trouble'), megabyte)],
    ['a body of an exabyte', endlessly(head('200 OK', 'Content-Length: 1152921504606846976'), megabyte)],
    ['chunks', endlessly(head('200 OK', 'Transfer-Encoding: chunked'), `100000\r\n${megabyte.toString()}\r\n`)],
    ['a redirect', endlessly(head('302 Found', 'Location: /'), megabyte)],
  ] as const)('%s: no more is taken than any real answer has', async (_, answer) => {
    const { service } = await refused(answer, 7, 'ANSWER_TOO_LARGE');
    // What the systems on both sides keep in their buffers counts, too.
    expect(service.mostWritten).toBeLessThan(32 * 2 ** 20);
  });

  it.each([
    ['header lines', endlessly('HTTP/1.1 204 No Content\r\n', 'X-Flood: 0123456789\r\n')],
    ['one header line', endlessly('HTTP/1.1 204 No Content\r\nX-Flood: ', megabyte)],
    ['cookies', endlessly('HTTP/1.1 204 No Content\r\n', 'Set-Cookie: flood=1; Path=/\r\n')],
    ['a status line', endlessly('HTTP/1.1 204 ', megabyte)],
    ['the name of a header', endlessly('HTTP/1.1 204 No Content\r\n', megabyte)],
    [
      'trailers',
      endlessly(`${head('200 OK', 'Transfer-Encoding: chunked', 'Trailer: X-Flood')}0\r\n`, 'X-Flood: 0123456789\r\n'),
    ],
    ['the extension of a chunk', endlessly(`${head('200 OK', 'Transfer-Encoding: chunked')}1;`, megabyte)],
  ])('%s: no more is read than headers may have', async (_, answer) => {
    const { service } = await refused(answer, 7, /^ANSWER_(UNREADABLE|TOO_LARGE)$/);
    expect(service.mostWritten).toBeLessThan(32 * 2 ** 20);
  });

  it('interim answers as fast as they are taken end at the time limit', async () => {
    const { service } = await refused(
      endlessly('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)),
      3,
      'TIMED_OUT',
      inTime,
    );
    expect(service.connections).toBe(2);
  });
});

describe('cookies', () => {
  const cookies = (count: number, line: string) => once(head('204 No Content', ...Array(count).fill(line)));
  it.each([
    ['10 000 cookies', cookies(10_000, 'Set-Cookie: a=b; Path=/'), 7, 'ANSWER_UNREADABLE'],
    ['500 tokens', cookies(500, 'Set-Cookie: nimbula=x; Path=/'), 5, 'SEVERAL_COOKIES'],
    ['one for all hosts above', cookies(1, 'Set-Cookie: nimbula=x; Path=/; Domain=0.0.1'), 5, 'UNUSABLE_COOKIE'],
    ['one for another host', cookies(1, 'Set-Cookie: nimbula=x; Path=/; Domain=oraclecloud.com'), 5, 'UNUSABLE_COOKIE'],
    ['one for this host by name', cookies(1, 'Set-Cookie: nimbula=x; Path=/; Domain=127.0.0.1'), 5, 'UNUSABLE_COOKIE'],
    ['one for another path', cookies(1, 'Set-Cookie: nimbula=x; Path=/authenticate/'), 5, 'UNUSABLE_COOKIE'],
    ['one without a path', cookies(1, 'Set-Cookie: nimbula=x'), 5, 'UNUSABLE_COOKIE'],
    ['one without a value', cookies(1, 'Set-Cookie: nimbula=; Path=/'), 5, 'UNUSABLE_COOKIE'],
    ['one with a tab', cookies(1, 'Set-Cookie: nimbula=a\tb; Path=/'), 5, 'UNUSABLE_COOKIE'],
    ['one that is not ASCII', cookies(1, 'Set-Cookie: nimbula=caf\u00e9; Path=/'), 5, 'UNUSABLE_COOKIE'],
    ['one that is too large', cookies(1, `Set-Cookie: nimbula=${'x'.repeat(20_000)}; Path=/`), 7, 'ANSWER_UNREADABLE'],
  ])('%s', async (_, answer, status, code) => {
    await refused(answer, status, code);
  });

  it.each([
    'Max-Age=0',
    'Max-Age=-1',
    `Max-Age=-${'9'.repeat(400)}`,
    'Expires=Thu, 01-Jan-1970 00:00:01 GMT',
    'Expires=Thu, 01 Jan 1970 00:00:01 GMT',
    'Expires=Thursday, 01-Jan-70 00:00:01 GMT',
    'Expires=Thu Jan  1 00:00:01 1970',
    'Expires=Fri, 31 Dec 9999 23:59:59 GMT; Max-Age=0',
  ])('one that has ended: %s', async (end) => {
    await refused(cookies(1, `Set-Cookie: nimbula=x; Path=/; ${end}`), 5, 'UNUSABLE_COOKIE');
  });

  it.each([
    'deleted',
    'DELETED',
    '"deleted"',
    'deleteMe',
    'expired',
    'null',
    'undefined',
    'none',
    'invalid',
    '""',
  ])('one whose value says that it is taken back: %s', async (value) => {
    await refused(cookies(1, `Set-Cookie: nimbula=${value}; Path=/`), 5, 'UNUSABLE_COOKIE');
  });

  it('one that ends by Expires alone lives until then, by the clock of the service', async () => {
    const ahead = new Date(Date.now() + 86_400_000 + 600_000).toUTCString();
    const date = new Date(Date.now() + 86_400_000).toUTCString();
    const answer = once(head('204 No Content', `Set-Cookie: nimbula=x; Path=/; Expires=${ahead}`, `Date: ${date}`));
    const { run } = await hostileBench(answer);
    expect(await run(['auth'])).toMatchObject({ status: 0 });
    const { tokenSecondsLeft } = JSON.parse((await run(['status', '-f', 'json'])).stdout);
    expect(tokenSecondsLeft).toBeGreaterThan(540);
    expect(tokenSecondsLeft).toBeLessThanOrEqual(601);
  });

  it.each(
    // The ends of each row of them that no parser may take, and the one that moves the cursor.
    [0x00, 0x01, 0x08, 0x0b, 0x0c, 0x0e, 0x1b, 0x1f, 0x7f],
  )('with the control character %i', async (byte) => {
    const line = `Set-Cookie: nimbula=a${String.fromCharCode(byte)}b; Path=/`;
    await refused(once(head('204 No Content', line)), 7, 'ANSWER_UNREADABLE');
  });

  it('a token among 400 others is found, and only that is kept', async () => {
    const answer = once(head('204 No Content', ...Array(400).fill('Set-Cookie: __proto__=x; Path=/'), COOKIE.trim()));
    const { home, run } = await hostileBench(answer);
    expect(await run(['auth'])).toMatchObject({ status: 0, stdout: "export OPC_COOKIE='a-new-token'\n" });
    const [jar = ''] = filesBelow(join(home, '.opc', 'cookies'));
    const file = JSON.parse(readFileSync(join(home, '.opc', 'cookies', jar.replace(/ 600$/, '')), 'utf8'));
    expect(file.cookies).toHaveLength(1);
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/0.9', '<h1>Hello</h1>'],
    ['a status that is none', 'HTTP/1.1 99999 No\r\n\r\n'],
    ['a version that is none', 'HTTP/7.3 204 No Content\r\n\r\n'],
    ['two lengths', head('200 OK', 'Content-Length: 2', 'Content-Length: 3', COOKIE.trim())],
    ['a length and chunks', `${head('200 OK', 'Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['a negative length', head('200 OK', 'Content-Length: -1')],
    ['a chunk of a size that is none', `${head('200 OK', 'Transfer-Encoding: chunked')}zz\r\nx\r\n`],
    ['a line that is folded', head('204 No Content', 'X-A: b', ' folded: c\u0000')],
    ['a zero byte', head('204 No Content', 'X-A: \u0000')],
    ['zeros', '\0'.repeat(100)],
  ])('%s', async (_, bytes) => {
    await refused(once(Buffer.from(bytes, 'latin1')), 7, 'ANSWER_UNREADABLE');
  });

  it.each([
    ['100 as the last word', '100 Continue'],
    ['101 to another protocol', '101 Switching Protocols'],
    ['a status from the future', '299 Whatever'],
    ['a status beyond all', '999 Whatever'],
  ])('%s is no success', async (_, status) => {
    const { run, expectUntouched } = await hostileBench(once(head(status, 'Upgrade: x', 'Connection: Upgrade')));
    for (const line of LINES) expect((await run([...line, '--timeout', '1'])).status).toBeOneOf([3, 5, 7]);
    expectUntouched();
  });
});

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('%i to anywhere is followed by nothing', async (status) => {
    const other = await startHostileService(withCookie());
    onTestFinished(() => other.close());
    const targets = [
      '/authenticate/',
      other.origin,
      'http://example.com/',
      '//example.com',
      'file:///etc/passwd',
      'unix:/run/docker.sock',
      'http://unix:/run/docker.sock:/',
      'javascript:alert(1)',
      '',
      'http://[::1',
      `http://user:pass@${new URL(other.origin).host}/`,
    ];
    // All targets with two of the statuses, and another service with each.
    for (const target of [302, 307].includes(status) ? targets : [other.origin]) {
      const { service } = await refused(
        once(head(`${status} Elsewhere`, `Location: ${target}`, COOKIE.trim())),
        5,
        'REDIRECTED',
      );
      expect(service.connections).toBe(LINES.length);
    }
    expect(other.connections).toBe(0);
  });

  it('a target full of secrets and controls is named without them', async () => {
    const location = 'Location: https://jack:secret@evil.example:8443/\u001b[31mred?token=abc';
    const { run } = await hostileBench(once(Buffer.from(head('302 Found', location), 'latin1')));
    const { stderr, status } = await run(['auth']);
    expect(status).toBeOneOf([5, 7]);
    for (const hidden of ['secret', 'token=abc', '\u001b']) expect(stderr).not.toContain(hidden);
  });
});

describe('an answer that repeats what it was sent', () => {
  const plain = [PASSWORD, TOKEN];
  const disguised = plain.flatMap((secret) => [
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ]);

  it.each([
    200, 201, 301, 307, 400, 401, 403, 415, 429, 500, 503, 600,
  ])('%i: only the status is shown', async (status) => {
    const secrets = [200, 401, 503].includes(status) ? [...plain, ...disguised] : plain;
    for (const secret of secrets) {
      const body = JSON.stringify({ message: secret, code: secret, error: secret });
      const lines = [
        'Location',
        'Date',
        'Retry-After',
        'Content-Type',
        'X-Oracle-Compute-Call-Id',
        'Opc-Request-Id',
      ].map((name) => `${name}: ${name === 'Location' ? '/' : ''}${secret}`);
      const cookie = `Set-Cookie: ${encodeURIComponent(secret)}=x`;
      const { run } = await hostileBench(
        once(`${head(`${status} ${secret}`, ...lines, cookie, 'Connection: close')}${body}`),
      );
      for (const line of LINES) {
        const { stderr } = await run([...line, '--debug']);
        expect(stderr).toMatch(new RegExp(`^< ${status}$`, 'm'));
        expect(stderr).not.toContain(secret);
      }
    }
  });
});

describe('clocks', () => {
  it.each([
    ['1970', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['before it', 'Wed, 31 Dec 0001 00:00:00 GMT'],
    ['9999', 'Fri, 31 Dec 9999 23:59:59 GMT'],
    ['the last that there is', 'Sat, 13 Sep 275760 00:00:00 GMT'],
    ['beyond it', 'Sat, 13 Sep 275761 00:00:00 GMT'],
    ['none', 'soon'],
    ['empty', ''],
    ['huge', '9'.repeat(5000)],
  ])('a service that lives in %s gives 30 minutes and no more', async (_, date) => {
    const { run } = await hostileBench(withCookie(`Date: ${date}`));
    expect(await run(['auth'])).toMatchObject({ status: 0, stderr: '' });
    const { stdout, status } = await run(['status', '-f', 'json']);
    expect(status).toBe(0);
    const { tokenSecondsLeft, sessionSecondsLeft } = JSON.parse(stdout);
    expect(tokenSecondsLeft).toBeGreaterThan(1700);
    expect(tokenSecondsLeft).toBeLessThanOrEqual(1800);
    expect(sessionSecondsLeft).toBeLessThanOrEqual(10_800);
  });

  it.each([
    '-1',
    '99999999999999999999',
    'Thu, 01 Jan 2099 00:00:00 GMT',
    'soon',
    '1e9',
  ])('a wait of %s before the next attempt does not hold us', async (after) => {
    await refused(once(head('503 Unavailable', `Retry-After: ${after}`, 'Content-Length: 0')), 3, 'SERVICE_FAILED');
  });
});

describe('bombs', () => {
  const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20));
  it.each([
    'gzip',
    'deflate',
    'br',
    'gzip, gzip, gzip',
  ])('a body that claims to be %s is unpacked up to its limit, or not at all', async (encoding) => {
    const bytes = Buffer.concat([
      Buffer.from(head('403 Forbidden', `Content-Encoding: ${encoding}`, `Content-Length: ${bomb.length}`)),
      bomb,
    ]);
    expect(bomb.length).toBeLessThan(64 * 1024);
    await refused(once(bytes), 7, /^ANSWER_(?:TOO_LARGE|UNREADABLE)$/);
  });

  it.each([
    ['nested lists', '['.repeat(60_000)],
    ['nested objects', '{"message":'.repeat(5_000)],
    ['a message full of controls', JSON.stringify({ message: `\u001b]0;owned\u0007${'\n'.repeat(5000)}\u202e` })],
    ['a message that is none', '{"message": {"toString": "x"}}'],
    ['a prototype', '{"__proto__": {"message": "polluted"}, "constructor": 1}'],
  ])('a refusal with %s is one line', async (_, body) => {
    await refused(
      once(`${head('403 Forbidden', `Content-Length: ${Buffer.byteLength(body)}`)}${body}`),
      11,
      'REQUEST_REFUSED',
    );
    expect(({} as { message?: string }).message).toBeUndefined();
  });
});

describe('TLS', () => {
  const certificate = async () => {
    const authority = await createLocalAuthority();
    return { authority, certificate: await authority.issue(['127.0.0.1']) };
  };

  it.each([
    ['closes at once', (socket: Socket) => void socket.end()],
    ['resets at once', (socket: Socket) => void socket.resetAndDestroy()],
    ['speaks plain HTTP', (socket: Socket) => void socket.end(head('204 No Content'))],
    ['sends garbage', (socket: Socket) => void socket.end('\x16\x03\x01\xff\xff garbage')],
    ['sends half of a record', (socket: Socket) => void socket.end(Buffer.from([0x16, 0x03, 0x03, 0x00]))],
    ['sends an alert', (socket: Socket) => void socket.end(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]))],
  ])('a port that %s is no trusted service', async (_, greet) => {
    const issued = await certificate();
    await refused(withCookie(), 3, /^(TLS_FAILED|UNREACHABLE)$/, { certificate: issued.certificate, greet });
  });

  it('a handshake that never ends is left at the time limit', async () => {
    const issued = await certificate();
    await refused(withCookie(), 3, 'TIMED_OUT', { certificate: issued.certificate, greet: () => undefined, ...inTime });
  });

  it('an answer that TLS truncates is not taken for whole', async () => {
    const issued = await certificate();
    for (const bytes of [
      head('200 OK', 'Content-Length: 100', COOKIE.trim()),
      `HTTP/1.1 204 No Content\r\n${COOKIE}`,
    ]) {
      const { run, home, expectUntouched, service } = await hostileBench(
        async ({ write, socket }) => {
          await write(bytes);
          socket.destroy();
        },
        { certificate: issued.certificate },
      );
      const bundle = writeFileWithMode(join(home, 'ca.pem'), issued.authority.certificatePem);
      for (const line of LINES) {
        expect(await run([...line, '--ca-bundle', bundle])).toMatchObject({ status: 3, stdout: 'false\n' });
      }
      expect(service.connections).toBeGreaterThanOrEqual(LINES.length);
      expectUntouched();
    }
  });
});

// After any byte: test/soak/hostile-service.test.ts.
describe('a connection that is cut', () => {
  it.each(CUT_ANSWERS)('in an answer %s, by %s, leaves the session', async (_, how, bytes) => {
    const nearBreak = (length: number) => [length - 1, length, length + 1].some((at) => bytes[at] === 0x0a);
    const lengths = [...bytes.keys()].filter(
      (length) => length < 2 || length % 16 === 0 || length === bytes.length - 1 || nearBreak(length),
    );
    await expectCutsToLeaveSession(how, bytes, lengths);
  });
});
