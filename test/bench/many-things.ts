import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../lib/clock.js';
import { encodeCookiesFile } from '../../lib/compute/cookies/cookies-file.js';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { sessionFromLogin } from '../../lib/compute/stored-session.js';
import { storeOciSession } from '../support/stored-sessions.js';
import { PROFILE, type Setup } from './setup.js';

/** The file of one session of ours among `count` cookies. */
export const MANY_COOKIES = 'many-cookies.json';

/** A home folder with `count` sessions of each service, and one cookies file with `count` cookies. */
export async function homeWithMany(count: number, setup: Setup): Promise<string> {
  const home = join(setup.scratch, `many-${count}`);
  mkdirSync(home, { mode: 0o700 });
  await storeManyCookiesFiles(count, home, setup);
  await storeManyProfiles(count, home, setup);
  return home;
}

async function storeManyCookiesFiles(count: number, home: string, { compute }: Setup): Promise<void> {
  const issued = { value: compute.issueToken(), receivedAt: Date.now(), maxAge: undefined, clockOffset: 0 };
  const session = sessionFromLogin(compute.origin, compute.user, issued);
  const text = await encodeCookiesFile(session);
  for (let number = 0; number < count; number++) {
    // The last one is the one that is used.
    const user = number === count - 1 ? compute.user : `/Compute-acme/user${number}@example.com`;
    const path = defaultCookiesFile(home, compute.origin, user);
    if (number === 0) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text.replaceAll(JSON.stringify(compute.user), JSON.stringify(user)), { mode: 0o600 });
  }
  const jar = JSON.parse(text);
  const [own] = jar.cookies;
  const others = Array.from({ length: count - 1 }, (_, number) => ({ ...own, key: `other${number}` }));
  writeFileSync(join(home, MANY_COOKIES), JSON.stringify({ ...jar, cookies: [...others, own] }), { mode: 0o600 });
}

async function storeManyProfiles(count: number, home: string, { oci }: Setup): Promise<void> {
  await storeOciSession(oci, PROFILE, { home, clock: systemClock });
  const [config, sessions] = [join(home, '.oci', 'config'), join(home, '.oci', 'sessions')];
  const section = readFileSync(config, 'utf8');
  const files = ['oci_api_key.pem', 'oci_api_key_public.pem', 'token'].map((name) => ({
    name,
    content: readFileSync(join(sessions, PROFILE, name)),
  }));
  // Before the one that is used.
  const others = Array.from({ length: count - 1 }, (_, number) => {
    const profile = `Another${number}`;
    mkdirSync(join(sessions, profile), { mode: 0o700 });
    for (const { name, content } of files) writeFileSync(join(sessions, profile, name), content, { mode: 0o600 });
    return section.replaceAll(PROFILE, profile);
  });
  writeFileSync(config, [...others, section].join('\n'), { mode: 0o600 });
}
