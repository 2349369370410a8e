// The least that a login on yargs, got and tough-cookie can cost: that of minimal-login.cjs, with a line that is read,
// the usual authorities trusted beside the bundle, and the cookie in a jar in a file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import got from 'got';
import { CookieJar } from 'tough-cookie';
import { readLine } from './read-line.js';

async function main(): Promise<void> {
  await readLine();
  const { HOME = '', OPC_API = '', OPC_USER, OPC_PASSWORD_FILE = '', OPC_CA_BUNDLE = '' } = process.env;
  const answer = await got.post(`${OPC_API}authenticate/`, {
    https: { certificateAuthority: [...rootCertificates, readFileSync(OPC_CA_BUNDLE, 'utf8')] },
    headers: { 'content-type': 'application/oracle-compute-v3+json' },
    body: JSON.stringify({ user: OPC_USER, password: readFileSync(OPC_PASSWORD_FILE, 'utf8').trim() }),
  });
  const jar = new CookieJar(undefined, { rejectPublicSuffixes: false });
  const cookie = jar.setCookieSync(answer.headers['set-cookie']?.[0] ?? '', OPC_API);
  writeFileSync(join(HOME, 'jar-of-packages-alone.json'), JSON.stringify(jar.serializeSync()), { mode: 0o600 });
  process.stdout.write(`export OPC_COOKIE='${cookie?.value}'\n`);
}

void main();
