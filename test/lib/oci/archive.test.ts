import { execFile } from 'node:child_process';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { unpackMembers } from '../../../lib/oci/archive/archive-reader.js';
import { packSession, writeArchive } from '../../../lib/oci/archive/export-session.js';
import { readSessionArchive } from '../../../lib/oci/archive/import-session.js';
import { readConfigText, readProfile } from '../../../lib/oci/config/config-file.js';
import { generatePrivateKey, privateKeyFile } from '../../../lib/oci/credentials/key-pair.js';
import { newHome, START } from './support/session-home.js';
import { tokenWith, vectorKey, vectors } from './support/vectors.js';

const failure = (code: string, fields: object = {}) =>
  expect.objectContaining({ code, fields: expect.objectContaining(fields) });
const jwk = JSON.stringify({ kty: 'RSA', n: vectorKey.modulus, e: 'AQAB' });
const token = tokenWith({ exp: 1770105789, iat: 1770102189, sub: 'user', tenant: 'ocid1.tenancy.oc1..x', jwk });
const key = privateKeyFile(vectorKey);
const config = [
  '[TokenDemo]',
  `fingerprint = ${vectorKey.fingerprint}`,
  'key_file = oci_api_key.pem',
  'tenancy = ocid1.tenancy.oc1..x',
  'region = us-ashburn-1',
  'security_token_file = token',
  '',
  '',
].join('\n');

interface Member {
  readonly name: string;
  readonly content: string | Buffer;
  readonly mode?: number;
}

const usual: Member[] = [
  { name: 'config', content: config },
  { name: 'token', content: token },
  { name: 'oci_api_key.pem', content: key },
];
const withConfig = (change: (text: string) => string) =>
  usual.map((member) => (member.name === 'config' ? { ...member, content: change(config) } : member));
const without = (name: string) => usual.filter((member) => member.name !== name);

/** A zip with any names, modes and declared sizes: what no honest packer makes. */
function rawZip(
  members: readonly (Member & { flags?: number; method?: number; size?: number; crc?: number })[],
): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode = 0o100600, flags = 0, method = 8, size, crc } of members) {
    const data = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(data) : data;
    const nameBytes = Buffer.from(name, 'latin1');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc ?? crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size ?? data.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, packed]);
    const central = Buffer.alloc(16);
    central.writeUInt32LE((mode << 16) >>> 0, 6 + 0);
    central.writeUInt32LE(offset, 10);
    const head = Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, central.subarray(0, 14)]);
    centrals.push(Buffer.concat([head, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function crc32(data: Buffer): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

async function zipped(members: readonly Member[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, content, mode = 0o100600 } of members) zip.addBuffer(Buffer.from(content), name, { mode });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function written(bytes: Buffer): Promise<string> {
  const path = join(await newHome(), 'session.zip');
  await fs.writeFile(path, bytes);
  return path;
}

describe('reading an archive', () => {
  test('takes what Oracle’s client makes, in any order, with members it does not know', async () => {
    const path = await written(await zipped([...usual.toReversed(), { name: 'README', content: 'hello' }]));
    expect(await readSessionArchive(path)).toEqual({
      profile: 'TokenDemo',
      token: expect.objectContaining({ value: token, tenancy: 'ocid1.tenancy.oc1..x' }),
      keyText: key,
      publicKeyPem: vectors.key.publicKeyPem,
      fingerprint: vectorKey.fingerprint,
      tenancy: 'ocid1.tenancy.oc1..x',
      region: 'us-ashburn-1',
      passphrase: undefined,
      further: [],
    });
  });

  test('takes stored members, other base names, and an archived [DEFAULT], of which it inherits nothing', async () => {
    const other = `[DEFAULT]\nuser = somebody\ndelegation_token_file = x\n${config.replace('oci_api_key.pem', 'my-key.pem')}`;
    const bytes = rawZip([
      { name: 'config', content: other, method: 0 },
      { name: 'token', content: `${token}\n`, method: 0 },
      { name: 'my-key.pem', content: key, method: 0 },
    ]);
    expect(await readSessionArchive(await written(bytes))).toMatchObject({ profile: 'TokenDemo', further: [] });
  });

  test('takes a session that is called DEFAULT', async () => {
    const members = withConfig((text) => text.replace('TokenDemo', 'DEFAULT'));
    expect((await readSessionArchive(await written(await zipped(members)))).profile).toBe('DEFAULT');
  });

  test('keeps harmless keys and drops those that lead elsewhere', async () => {
    const members = withConfig((text) =>
      text
        .trim()
        .concat(
          '\nuser = u\ncompartment-id = c\nlog_file = /x\ndelegation_token = t\nauth = instance_principal\npercent = 5%\n',
        ),
    );
    const { further } = await readSessionArchive(await written(await zipped(members)));
    expect(further).toEqual([
      ['user', 'u'],
      ['compartment-id', 'c'],
    ]);
  });

  test('takes an encrypted key, with its passphrase or without', async () => {
    const encrypted = privateKeyFile(vectorKey, 'open sesame');
    const members = (passphrase: string) => [
      { name: 'config', content: config.trim().concat(passphrase, '\n') },
      { name: 'token', content: token },
      { name: 'oci_api_key.pem', content: encrypted },
    ];
    const open = await readSessionArchive(await written(await zipped(members('\npass_phrase = open sesame'))));
    expect(open).toMatchObject({ passphrase: 'open sesame', publicKeyPem: vectors.key.publicKeyPem });
    expect(await readSessionArchive(await written(await zipped(members(''))))).toMatchObject({
      publicKeyPem: undefined,
    });
    const wrong = written(await zipped(members('\npass_phrase = open barley')));
    await expect(readSessionArchive(await wrong)).rejects.toEqual(failure('ARCHIVE_REFUSED'));
  });
});

const big = Buffer.alloc(200_000, 'x');
const otherKey = generatePrivateKey().then((made) => privateKeyFile(made));

describe('refuses', () => {
  test.each<[string, string, () => Buffer | Promise<Buffer>]>([
    ['no zip at all', 'not a zip', () => Buffer.from('hello')],
    ['an empty file', 'not a zip', () => Buffer.alloc(0)],
    ['a cut archive', 'not a zip', async () => (await zipped(usual)).subarray(0, 300)],
    ['more than a megabyte', 'too large', () => Buffer.alloc(1024 * 1024 + 1)],
    ['an absolute name', 'lead elsewhere', () => rawZip([...usual, { name: '/etc/passwd', content: 'x' }])],
    ['a name with ..', 'lead elsewhere', () => rawZip([...usual, { name: '../x', content: 'x' }])],
    ['the name ..', 'lead elsewhere', () => rawZip([...usual, { name: '..', content: 'x' }])],
    ['a nested name', 'the name "a/b"', () => rawZip([...usual, { name: 'a/b', content: 'x' }])],
    ['a folder', 'the name "a/"', () => rawZip([...usual, { name: 'a/', content: '' }])],
    ['a backslash', 'lead elsewhere', () => rawZip([...usual, { name: 'a\\b', content: 'x' }])],
    ['a drive letter', 'lead elsewhere', () => rawZip([...usual, { name: 'C:x', content: 'x' }])],
    ['a NUL in a name', 'the name "token', () => rawZip([...usual, { name: 'token\0x', content: 'x' }])],
    ['an empty name', 'the name ""', () => rawZip([...usual, { name: '', content: 'x' }])],
    ['a member twice', 'token twice', () => rawZip([...usual, { name: 'token', content: 'x' }])],
    ['a member twice, in another case', 'TOKEN twice', () => rawZip([...usual, { name: 'TOKEN', content: 'x' }])],
    [
      'a link',
      'plain file',
      () => rawZip([...without('token'), { name: 'token', content: '/etc/passwd', mode: 0o120777 }]),
    ],
    [
      'a link that nobody asked for',
      'plain file',
      () => rawZip([...usual, { name: 'x', content: '/etc', mode: 0o120777 }]),
    ],
    ['a device', 'plain file', () => rawZip([...usual, { name: 'x', content: '', mode: 0o020600 }])],
    [
      'an encrypted member',
      'encrypted',
      () => rawZip([...without('token'), { name: 'token', content: token, flags: 1 }]),
    ],
    [
      'an unknown packing',
      'packed',
      () => rawZip([...without('token'), { name: 'token', content: token, method: 12 }]),
    ],
    ['a large member', 'too large', () => rawZip([...without('token'), { name: 'token', content: big }])],
    [
      'a large member that says it is small',
      'damaged',
      () => rawZip([...without('token'), { name: 'token', content: big, size: 9 }]),
    ],
    ['a wrong checksum', 'damaged', () => rawZip([...without('token'), { name: 'token', content: token, crc: 7 }])],
    [
      'too many members',
      'too many',
      () => rawZip([...usual, ...Array.from({ length: 40 }, (_, i) => ({ name: `m${i}`, content: '' }))]),
    ],
    ['no config', 'name config', () => zipped(without('config'))],
    ['no token', '"token", which is not', () => zipped(without('token'))],
    ['no key', 'pem", which is not', () => zipped(without('oci_api_key.pem'))],
    ['a config without a profile', 'no profile', () => zipped(withConfig(() => 'region = x\n'))],
    ['a config that is none', 'its config, line 8', () => zipped(withConfig((text) => `${text}what is this\n`))],
    ['two profiles', 'several profiles', () => zipped(withConfig((text) => `${text}[B]\nregion = x\n`))],
    [
      'the profile name ..',
      'not a valid profile name',
      () => zipped(withConfig((text) => text.replace('TokenDemo', '..'))),
    ],
    [
      'a profile name with a path',
      'not a valid profile name',
      () => zipped(withConfig((text) => text.replace('TokenDemo', '../../x'))),
    ],
    [
      'no token file in the config',
      'no security_token_file',
      () => zipped(withConfig((text) => text.replace(/security_token_file.*\n/, ''))),
    ],
    ['no region', 'no region', () => zipped(withConfig((text) => text.replace(/region.*\n/, '')))],
    [
      'a region that is none',
      'not a region',
      () => zipped(withConfig((text) => text.replace('us-ashburn-1', 'x/../y'))),
    ],
    [
      'a token file outside',
      '"/etc/passwd", which is not',
      () => zipped(withConfig((text) => text.replace('= token', '= /etc/passwd'))),
    ],
    [
      'a key file outside',
      '"../key", which is not',
      () => zipped(withConfig((text) => text.replace('= oci_api_key.pem', '= ../key'))),
    ],
    [
      'token and key in one',
      'one member twice',
      () => zipped(withConfig((text) => text.replace('= oci_api_key.pem', '= token'))),
    ],
    [
      'the config as key',
      'one member twice',
      () => zipped(withConfig((text) => text.replace('= oci_api_key.pem', '= config'))),
    ],
    ['a token that is none', 'not a JWT', () => zipped([...without('token'), { name: 'token', content: 'hello' }])],
    [
      'a key that is none',
      'no private key',
      () => zipped([...without('oci_api_key.pem'), { name: 'oci_api_key.pem', content: 'hello' }]),
    ],
    [
      'the key of another session',
      'not the key of its token',
      async () => zipped([...without('oci_api_key.pem'), { name: 'oci_api_key.pem', content: await otherKey }]),
    ],
    [
      'a fingerprint of another key',
      'fingerprint is not',
      () => zipped(withConfig((text) => text.replace(/fingerprint = ../, 'fingerprint = 00'))),
    ],
  ])('%s', async (_what, reason, make) => {
    const path = await written(await make());
    await expect(readSessionArchive(path)).rejects.toEqual(
      failure('ARCHIVE_REFUSED', { path, reason: expect.stringContaining(reason) }),
    );
    expect(await fs.readdir(join(path, '..'))).toEqual(['session.zip']);
  });

  test('a file that is not there', async () => {
    const path = join(await newHome(), 'none.zip');
    await expect(readSessionArchive(path)).rejects.toEqual(failure('FILE_UNREADABLE', { path }));
  });
});

describe('packing', () => {
  async function stored(section: string, keyText = key): Promise<string> {
    const home = await newHome();
    await fs.writeFile(join(home, 'k.pem'), keyText);
    await fs.writeFile(join(home, 't'), token);
    await fs.writeFile(join(home, 'config'), section);
    return home;
  }
  const pack = async (home: string, name = 'A', region?: string) => {
    const text = await readConfigText(join(home, 'config'));
    if (!text) throw new RangeError('no config');
    return packSession(readProfile(text, name), { home, now: START, ...(region && { region }) });
  };
  const section = `[A]\nfingerprint=${vectorKey.fingerprint}\nkey_file=~/k.pem\ntenancy=ocid1.tenancy.oc1..x\nregion=fra\nsecurity_token_file=~/t\n`;

  test('makes what Oracle’s client makes: names, order, modes, contents', async () => {
    const { bytes, leftOut } = await pack(await stored(section));
    const members = await unpackMembers(bytes, 'x', ['config', 'token', 'oci_api_key.pem']);
    expect([...members.keys()]).toEqual(['config', 'token', 'oci_api_key.pem']);
    expect(members.get('config')?.toString()).toBe(
      `[A]\nfingerprint = ${vectorKey.fingerprint}\nkey_file = oci_api_key.pem\ntenancy = ocid1.tenancy.oc1..x\nregion = fra\nsecurity_token_file = token\n\n`,
    );
    expect(members.get('token')?.toString()).toBe(token);
    expect(members.get('oci_api_key.pem')?.toString()).toBe(key);
    expect(leftOut).toEqual([]);
    const listed = (await promisify(execFile)('python3', ['-c', PYTHON_LISTING, await written(bytes)])).stdout;
    expect(listed.trim().split('\n')).toEqual([
      'config 0o100644 8 3 0 0',
      'token 0o100600 8 3 0 0',
      'oci_api_key.pem 0o100600 8 3 0 0',
    ]);
  });

  test('comes back as it went', async () => {
    const { bytes } = await pack(await stored(`${section}compartment-id = c\n`));
    const archived = await readSessionArchive(await written(bytes));
    expect(archived).toMatchObject({ profile: 'A', region: 'fra', keyText: key, further: [['compartment-id', 'c']] });
  });

  test('takes nothing from [DEFAULT], and leaves out what names files', async () => {
    const defaults = '[DEFAULT]\nuser = canary-user\npass_phrase = canary-secret\ntenancy = canary-tenancy\n';
    const { bytes, leftOut } = await pack(await stored(`${defaults}${section}log_file = /x\nodd = 5%\n`));
    const text = (await unpackMembers(bytes, 'x', ['config'])).get('config')?.toString() ?? '';
    expect(text).not.toContain('canary');
    expect(text).toContain('[A]');
    expect(leftOut).toEqual(['log_file', 'odd']);
  });

  test('an own passphrase travels with its key', async () => {
    const home = await stored(`${section}pass_phrase=open sesame\n`, privateKeyFile(vectorKey, 'open sesame'));
    expect(await readSessionArchive(await written((await pack(home)).bytes))).toMatchObject({
      passphrase: 'open sesame',
    });
  });

  test('fills in what the token knows, and asks for a region', async () => {
    const home = await stored('[A]\nkey_file=~/k.pem\nsecurity_token_file=~/t\n');
    await expect(pack(home)).rejects.toEqual(failure('PROFILE_INCOMPLETE', { key: 'region' }));
    const { bytes } = await pack(home, 'A', 'eu-frankfurt-1');
    expect(await readSessionArchive(await written(bytes))).toMatchObject({
      tenancy: 'ocid1.tenancy.oc1..x',
      fingerprint: vectorKey.fingerprint,
      region: 'eu-frankfurt-1',
    });
  });

  test('refuses a profile that only inherits a token, and a key of another session', async () => {
    const inherited = await stored(`${section.replace('[A]', '[DEFAULT]')}[A]\nregion=fra\n`);
    await expect(pack(inherited)).rejects.toEqual(failure('PROFILE_NOT_A_SESSION'));
    await expect(pack(await stored(section, await otherKey))).rejects.toEqual(failure('KEY_MISMATCH'));
  });

  test('writes 0600, and nothing over a file that is there', async () => {
    const path = join(await newHome(), 'x.zip');
    await writeArchive(path, Buffer.from('one'), false);
    expect((await fs.stat(path)).mode & 0o777).toBe(0o600);
    await expect(writeArchive(path, Buffer.from('two'), false)).rejects.toEqual(failure('FILE_EXISTS'));
    expect(await fs.readFile(path, 'utf8')).toBe('one');
    await fs.chmod(path, 0o644);
    await writeArchive(path, Buffer.from('two'), true);
    expect([await fs.readFile(path, 'utf8'), (await fs.stat(path)).mode & 0o777]).toEqual(['two', 0o600]);
  });
});

const PYTHON_LISTING = `
import sys, zipfile
for i in zipfile.ZipFile(sys.argv[1]).infolist():
    print(i.filename, oct(i.external_attr >> 16), i.compress_type, i.create_system, len(i.extra), len(i.comment))
`;
