// The least that requests for many objects by got can cost: those of one call, 8 at a time over connections that are
// kept, with the usual authorities trusted beside the bundle. Reads the method and the names from the line.
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import got, { type Method } from 'got';

async function main(): Promise<void> {
  const [, , method, ...names] = process.argv;
  const { OPC_API = '', OPC_USER = '', OPC_CA_BUNDLE = '', OPC_COOKIE = '' } = process.env;
  const ca = [...rootCertificates, readFileSync(OPC_CA_BUNDLE, 'utf8')];
  const agent = { https: new Agent({ keepAlive: true, ca }) };
  const headers = { accept: 'application/oracle-compute-v3+json', cookie: `nimbula=${OPC_COOKIE}` };
  // Not in the bundle.
  const options = { agent, headers, decompress: false };
  const worker = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const { body } = await got(`${OPC_API}sshkey${OPC_USER}/${name}`, { ...options, method: method as Method });
      if (body !== '') process.stdout.write(`${JSON.stringify(JSON.parse(body))}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

void main();
