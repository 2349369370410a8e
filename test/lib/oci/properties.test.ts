import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { isOracleComputeError } from '../../../lib/errors.js';
import { unpackMembers } from '../../../lib/oci/archive/archive-reader.js';
import { readSessionArchive } from '../../../lib/oci/archive/import-session.js';
import { checkProfileName } from '../../../lib/oci/config/session-profile.js';
import { privateKeyFile } from '../../../lib/oci/credentials/key-pair.js';
import { decodeSecurityToken } from '../../../lib/oci/credentials/security-token.js';
import { anyText } from '../../support/any-text.js';
import { filesBelow, temporaryHome } from '../../support/temporary-home.js';
import { tokenWith, vectorKey } from './support/vectors.js';

const jwk = JSON.stringify({ kty: 'RSA', n: vectorKey.modulus, e: 'AQAB' });
const token = tokenWith({ exp: 1770105789, iat: 1770102189, sub: 'user', tenant: 'ocid1.tenancy.oc1..x', jwk });
const key = privateKeyFile(vectorKey);

const config = (profile: string, region = 'us-ashburn-1') =>
  `[${profile}]\nfingerprint=${vectorKey.fingerprint}\nkey_file=oci_api_key.pem\ntenancy=ocid1.tenancy.oc1..x\nregion=${region}\nsecurity_token_file=token\n`;

async function zipped(members: readonly (readonly [name: string, content: string | Buffer])[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of members) zip.addBuffer(Buffer.from(content), name, { mode: 0o100600 });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const usual = (profile: string) =>
  [
    ['config', config(profile)],
    ['token', token],
    ['oci_api_key.pem', key],
  ] as const;

/** Reads an archive; undefined where it is refused. Any other failure goes on. */
async function readOrRefuse(home: string, bytes: Uint8Array) {
  const path = join(home, 'session.zip');
  writeFileSync(path, bytes);
  try {
    return await readSessionArchive(path);
  } catch (error) {
    if (isOracleComputeError(error, 'ARCHIVE_REFUSED')) return undefined;
    throw error;
  } finally {
    // Reading makes no file, whatever the archive says.
    expect(filesBelow(home).map((entry) => entry.split(' ')[0])).toEqual(['session.zip']);
  }
}

describe('archives', () => {
  it('with any bytes changed, cut or put in are the same session, or refused', async () => {
    const home = temporaryHome();
    const good = await zipped(usual('TokenDemo'));
    const whole = await readOrRefuse(home, good);
    const change = fc.tuple(
      fc.constantFrom('flip', 'cut', 'insert', 'truncate'),
      fc.nat(good.length - 1),
      fc.integer({ min: 1, max: 255 }),
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let bytes = Buffer.from(good);
        for (const [how, place, value] of changes) {
          const at = place % Math.max(1, bytes.length);
          if (how === 'flip' && bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ value;
          if (how === 'cut') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + value)]);
          if (how === 'insert')
            bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(value, value), bytes.subarray(at)]);
          if (how === 'truncate') bytes = bytes.subarray(0, at);
        }
        const read = await readOrRefuse(home, bytes);
        if (read === undefined) refused += 1;
        else expect({ ...read, profile: '' }).toEqual({ ...whole, profile: '' });
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('with any name of a profile become a session of a legal name, or are refused', async () => {
    const home = temporaryHome();
    const odd = fc.constantFrom(
      '..',
      '.',
      '../x',
      '/etc/x',
      'a/b',
      'a\\b',
      '',
      ' ',
      'DEFAULT',
      'x]y',
      'a\u0000b',
      '~',
      '-x',
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(odd, anyText(12), fc.stringMatching(/^[\w.@-]{1,12}$/)), async (name) => {
        const read = await readOrRefuse(home, await zipped([['config', config(name)], ...usual('x').slice(1)]));
        if (read) expect(read.profile).toMatch(/^(?!\.{1,2}$)[A-Za-z0-9._@-]{1,128}$/);
      }),
      { numRuns: 200 },
    );
  });

  it('are unpacked in memory, by the names that are wanted and no others', async () => {
    const name = fc.oneof(fc.constantFrom('config', 'token', 'key.pem', 'README'), fc.stringMatching(/^[\w.-]{1,12}$/));
    const members = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 200 })), {
      selector: ([member]) => member,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(members, fc.array(name, { maxLength: 4 }), async (packed, wanted) => {
        const flat = packed.filter(([member]) => member !== '.' && member !== '..');
        const bytes = await zipped(flat.map(([member, content]) => [member, Buffer.from(content)]));
        const found = await unpackMembers(bytes, 'here', wanted);
        const expected = flat.filter(([member]) => wanted.includes(member));
        expect([...found.keys()].sort()).toEqual(expected.map(([member]) => member).sort());
        for (const [member, content] of expected) expect(found.get(member)).toEqual(Buffer.from(content));
      }),
      { numRuns: 100 },
    );
  });
});

describe('security tokens', () => {
  const decoded = (text: string) => {
    try {
      return { token: decodeSecurityToken(text) };
    } catch (error) {
      if (!isOracleComputeError(error, 'TOKEN_MALFORMED')) throw error;
      return { message: error.message };
    }
  };

  it('of any content are read without a fault, or refused without being repeated', () => {
    const claim = fc.oneof(
      fc.jsonValue(),
      fc.integer(),
      fc.double(),
      fc.constantFrom('Mon, 23 Nov 2026 02:44:21 UTC', '{"n":1}', jwk),
    );
    const claims = fc.record(
      { exp: claim, iat: claim, sess_exp: claim, sub: claim, tenant: claim, userName: claim, jwk: claim },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(claims, (written) => {
        const { token: read } = decoded(tokenWith(written));
        for (const time of [read?.expiresAt, read?.issuedAt, read?.sessionExpiresAt]) {
          if (time !== undefined) expect(Number.isNaN(new Date(time).getTime())).toBe(false);
        }
        for (const text of [read?.subject, read?.tenancy, read?.userName]) expect(text ?? '').not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 2000 },
    );
    const pieces = fc.constantFrom('canary', '.', '..', 'eyJ', ' ', '\n', '=', 'e30', '{}');
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, anyText(4)), { maxLength: 8 }), (list) => {
        expect(decoded(`canary${list.join('')}`).message ?? '').not.toContain('canary');
      }),
      { numRuns: 2000 },
    );
  });

  it('names of profiles are folders of their own, or refused', () => {
    fc.assert(
      fc.property(fc.oneof(anyText(), fc.stringMatching(/^[\w.@/\\~-]{0,10}$/)), (name) => {
        try {
          expect(join('/sessions', checkProfileName(name))).toBe(`/sessions/${name}`);
        } catch (error) {
          if (!isOracleComputeError(error, 'PROFILE_NAME_MALFORMED')) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
