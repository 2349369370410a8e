import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { tokenWith } from '../lib/oci/support/vectors.js';
import { HOUR, ociBench } from '../support/oci.js';
import { filesBelow, modeOf } from '../support/temporary-home.js';

interface Member {
  readonly name: string;
  readonly content: string | Buffer;
  readonly mode?: number;
}

async function zip(members: readonly Member[]): Promise<Buffer> {
  const archive = new ZipFile();
  for (const { name, content, mode = 0o100600 } of members) archive.addBuffer(Buffer.from(content), name, { mode });
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A machine with a session T, and what its archive is made of. */
async function withParts() {
  const bench = await ociBench();
  await bench.addSession('T');
  const values = await bench.profile('T');
  const parts = {
    config: `[T]\nfingerprint = ${values.fingerprint}\nkey_file = k.pem\ntenancy = ${values.tenancy}\nregion = ${values.region}\nsecurity_token_file = token\n\n`,
    token: bench.storedToken('T'),
    key: readFileSync(values.key_file ?? '', 'utf8'),
  };
  const usual = (changes: Partial<typeof parts> = {}): Member[] => {
    const { config, token, key } = { ...parts, ...changes };
    return [
      { name: 'config', content: config },
      { name: 'token', content: token },
      { name: 'k.pem', content: key },
    ];
  };
  return { ...bench, parts, usual };
}

type Parts = Awaited<ReturnType<typeof withParts>>;

/** yazl makes no such names, so they are written over harmless ones of the same length. */
async function renamed(members: readonly Member[], from: string, to: string): Promise<Buffer> {
  return Buffer.from((await zip(members)).toString('latin1').replaceAll(from, to), 'latin1');
}

const HOSTILE: [string, (at: Parts) => Promise<Buffer> | Buffer][] = [
  ['no archive', () => Buffer.from('hello')],
  [
    'a name that leads up',
    ({ usual }) => renamed([...usual(), { name: 'ab/evil', content: 'x' }], 'ab/evil', '../evil'),
  ],
  [
    'an absolute name',
    ({ usual }) => renamed([...usual(), { name: 'aetc/evil', content: 'x' }], 'aetc/evil', '/etc/evil'),
  ],
  ['a nested name', ({ usual }) => zip([...usual(), { name: 'a/b', content: 'x' }])],
  ['a symlink', ({ usual }) => zip([...usual(), { name: 'link', content: '/etc/passwd', mode: 0o120777 }])],
  ['a member twice', ({ usual }) => zip([...usual(), { name: 'token', content: 'x' }])],
  ['a bomb', ({ usual }) => zip([...usual().slice(0, 2), { name: 'k.pem', content: Buffer.alloc(20_000_000) }])],
  ['a missing token', ({ usual }) => zip(usual().filter(({ name }) => name !== 'token'))],
  ['a missing key', ({ usual }) => zip(usual().filter(({ name }) => name !== 'k.pem'))],
  [
    'a path of this machine for a key',
    ({ usual, parts }) => zip(usual({ config: parts.config.replace('k.pem', '/etc/passwd') })),
  ],
  ['the profile name ..', ({ usual, parts }) => zip(usual({ config: parts.config.replace('[T]', '[..]') }))],
  [
    'a profile name that leads elsewhere',
    ({ usual, parts }) => zip(usual({ config: parts.config.replace('[T]', '[a/../../b]') })),
  ],
  ['the key of another session', async (at) => zip(at.usual({ key: await otherKey(at) }))],
  [
    'another fingerprint',
    ({ usual, parts }) => zip(usual({ config: parts.config.replace(/fingerprint = ../, 'fingerprint = zz') })),
  ],
];

async function otherKey({ service }: Parts): Promise<string> {
  return (await service.issueSession()).privateKeyPem ?? '';
}

describe('session import', () => {
  it.each(HOSTILE)('refuses %s and writes nothing', async (_what, make) => {
    const at = await withParts();
    writeFileSync(join(at.home, 'x.zip'), await make(at));
    const before = [filesBelow(at.home), readFileSync(at.configFile, 'utf8')];
    for (const flags of [['--force'], ['--profile-name', 'new']]) {
      const result = await at.run(['session', 'import', '--session-archive', 'x.zip', ...flags]);
      expect(result).toMatchObject({ status: 4, stdout: '' });
      expect(result.stderr).toMatch(
        /x\.zip cannot be imported: .+\nexport it again on the other machine: oci session export/,
      );
      expect([filesBelow(at.home), readFileSync(at.configFile, 'utf8')]).toEqual(before);
    }
    expect((await at.run(['session', 'validate', '--profile', 'T'])).status).toBe(0);
  });

  it('takes an archive of Oracle’s CLI: any order, other names, members that it does not know', async () => {
    const { run, usual, home } = await withParts();
    writeFileSync(join(home, 'x.zip'), await zip([{ name: 'README', content: 'hello' }, ...usual().toReversed()]));
    const line = ['session', 'import', '--session-archive', '~/x.zip', '--profile-name', 'N'];
    expect((await run(line)).status).toBe(0);
    expect(modeOf(join(home, '.oci/sessions/N'))).toBe('700');
    for (const name of ['token', 'oci_api_key.pem']) expect(modeOf(join(home, '.oci/sessions/N', name))).toBe('600');
    expect((await run(['session', 'validate', '--profile', 'N'])).status).toBe(0);
  });

  it('brings nothing that decides how a session is renewed or shared, asked or not', async () => {
    const { run, usual, parts, profile, configFile, home } = await withParts();
    const keys = 'token_exchange_domain=https://evil.example\nTOKEN_EXCHANGE_SECRET_PATH=/p\nshared_session=team\n';
    writeFileSync(configFile, `${readFileSync(configFile, 'utf8')}${keys}log_requests=True\n`);
    const exported = await run(['session', 'export', '--profile', 'T', '--output-file', join(home, 'own.zip')]);
    expect(exported.stderr).toContain('token_exchange_domain');
    const config = `${parts.config.trimEnd()}\n${keys}log_requests=True\n`;
    writeFileSync(join(home, 'forged.zip'), await zip(usual({ config })));
    for (const archive of ['own.zip', 'forged.zip']) {
      const line = ['session', 'import', '--session-archive', `~/${archive}`, '--keep-keys', '--profile-name', archive];
      expect((await run(line)).status).toBe(0);
      expect(Object.keys(await profile(archive)).slice(5)).toEqual(['log_requests']);
    }
  });

  it('with --force replaces by the name in the archive no more than a session of the same user', async () => {
    const { run, usual, configFile, home } = await withParts();
    writeFileSync(join(home, 'x.zip'), await zip(usual()));
    const importIt = (...flags: string[]) =>
      run(['session', 'import', '--session-archive', 'x.zip', '--force', ...flags]);
    const token = join(home, '.oci', 'sessions', 'T', 'token');
    writeFileSync(token, tokenWith({ sub: 'ocid1.user.oc1..other', exp: 1 }));
    const foreign = await importIt();
    expect([foreign.status, foreign.stderr]).toEqual([5, expect.stringContaining('another user')]);
    expect((await importIt('--profile-name', 'T')).status).toBe(0);
    expect((await importIt()).status).toBe(0);
    writeFileSync(configFile, '[T]\nuser=me\n');
    const none = await importIt();
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('--profile-name T --force')]);
    expect(readFileSync(configFile, 'utf8')).toBe('[T]\nuser=me\n');
    expect((await importIt('--profile-name', 'T')).status).toBe(0);
  });

  it.each([
    ['the token says no issue', { iat: undefined }],
    ['the token was issued in the future', { iat: 4e9 }],
    ['the token says no end of its session', { sess_exp: undefined }],
  ])('ends a session after a day if %s, whatever the archive says', async (_what, changes) => {
    const { run, usual, parts, home, clock, pass } = await withParts();
    const claims = JSON.parse(Buffer.from(parts.token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const forever = { ...claims, exp: 4.1e9, sess_exp: 4.1e9, ...changes };
    const config = `${parts.config.trimEnd()}\nsession_expires_at = 2100-01-01T00:00:00Z\n`;
    writeFileSync(join(home, 'x.zip'), await zip(usual({ token: tokenWith(forever), config })));
    expect((await run(['session', 'import', '--session-archive', 'x.zip', '--profile-name', 'N'])).status).toBe(0);
    const ends = async () => {
      const { list } = JSON.parse((await run(['session', 'list', '-f', 'json'])).stdout) as {
        readonly list: readonly { readonly profile: string; readonly sessionExpiresAt: string }[];
      };
      return Date.parse(list.find(({ profile }) => profile === 'N')?.sessionExpiresAt ?? '');
    };
    const end = await ends();
    expect(end - clock.time).toBeLessThanOrEqual(24 * HOUR);
    pass(5 * HOUR);
    expect(await ends()).toBe(end);
  });

  it.each([
    ['its profile DEFAULT', '[T]', '[DEFAULT]', 'it names its profile DEFAULT', ['--profile-name', 'N']],
    ['a region that is unknown', 'emu-local-1', 'mars-1', 'its region "mars-1" is not known here', ['--region', 'iad']],
  ])('takes nothing that names %s, unless the user names it', async (_what, own, other, reason, needs) => {
    const { run, usual, parts, home, configFile } = await withParts();
    writeFileSync(join(home, 'x.zip'), await zip(usual({ config: parts.config.replace(own, other) })));
    const before = [filesBelow(home), readFileSync(configFile, 'utf8')];
    const line = ['session', 'import', '--session-archive', 'x.zip', '--force'];
    const { status, stderr } = await run(line);
    expect([status, stderr]).toEqual([4, expect.stringContaining(`${reason}`)]);
    expect(stderr).toContain(`\nset it yourself: ${needs[0]}`);
    expect([filesBelow(home), readFileSync(configFile, 'utf8')]).toEqual(before);
    expect((await run([...line, ...needs])).status).toBe(0);
  });

  it('asks for another name where one is taken and somebody can answer', async () => {
    const { run, usual, home } = await withParts();
    writeFileSync(join(home, 'x.zip'), await zip(usual()));
    const line = ['session', 'import', '--session-archive', 'x.zip'];
    const nobody = await run(line);
    expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringContaining('--force')]);
    const answers = ['T', 'a]b', 'N'];
    expect((await run(line, { answers })).status).toBe(0);
    expect(answers).toEqual([]);
    expect((await run(['session', 'validate', '--profile', 'N'])).status).toBe(0);
    expect((await run([...line, '--force'])).status).toBe(0);
  });

  it('takes a profile whose name has blanks as it was exported, and it can be terminated', async () => {
    const { run, addSession, configFile, home } = await ociBench();
    await addSession('T');
    writeFileSync(configFile, readFileSync(configFile, 'utf8').replace('[T]', '[my team]'));
    const named = ['--profile', 'my team'];
    for (const line of [
      ['export', ...named, '--output-file', 'x'],
      ['terminate', ...named],
      ['import', '--session-archive', 'x.zip'],
      ['validate', ...named],
      ['refresh', ...named],
      ['terminate', ...named],
    ]) {
      const { status, stderr } = await run(['session', ...line]);
      expect(status, `${line}: ${stderr}`).toBe(0);
    }
    expect(readFileSync(configFile, 'utf8')).not.toContain('team');
    expect(filesBelow(join(home, '.oci', 'sessions')).filter((name) => name.includes('team'))).toEqual([]);
  });

  it('and export leave a session that is over where it is, unless they are forced', async () => {
    const { run, usual, home, pass } = await withParts();
    writeFileSync(join(home, 'x.zip'), await zip(usual()));
    pass(HOUR);
    const line = ['session', 'import', '--session-archive', 'x.zip', '--profile-name', 'N'];
    expect((await run(line)).status).toBe(10);
    expect((await run(['session', 'export', '--profile', 'T', '--output-file', 'y'])).status).toBe(10);
    expect(filesBelow(home).some((file) => file.startsWith('y.zip'))).toBe(false);
    expect((await run([...line, '--force'])).status).toBe(0);
    expect((await run(['session', 'export', '--profile', 'T', '--output-file', 'y', '--force'])).status).toBe(0);
  });
});

describe('session export', () => {
  it('writes over nothing, unless it is told to', async () => {
    const { run, home } = await withParts();
    const file = join(home, 'x.zip');
    writeFileSync(file, 'mine');
    const line = ['session', 'export', '--profile', 'T', '--output-file', 'x'];
    expect((await run(line)).status).toBe(2);
    const no = await run(line, { answers: [''] });
    expect([no.status, no.stderr]).toEqual([0, expect.stringMatching(/Overwrite it\? \[y\/N\] Export canceled\.\n$/)]);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await run(line, { answers: ['y'] })).status).toBe(0);
    expect(modeOf(file)).toBe('600');
    expect((await run([...line, '--force'])).stderr).toContain(`Export file written to: ${file}\n`);
    expect((await run(['session', 'export', '--profile', 'T'])).status).toBe(2);
  });
});
