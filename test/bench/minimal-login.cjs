// What `auth` is measured against: the same exchange by node:https alone, without checks, lock or file.
const fs = require('node:fs');
const https = require('node:https');

const { OPC_API, OPC_USER, OPC_PASSWORD_FILE, OPC_CA_BUNDLE } = process.env;
const request = https.request(
  `${OPC_API}authenticate/`,
  {
    method: 'POST',
    ca: fs.readFileSync(OPC_CA_BUNDLE),
    headers: { 'content-type': 'application/oracle-compute-v3+json' },
  },
  (answer) => {
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    process.stdout.write(`export OPC_COOKIE='${cookie.slice('nimbula='.length, cookie.indexOf(';'))}'\n`);
    answer.resume();
  },
);
request.end(JSON.stringify({ user: OPC_USER, password: fs.readFileSync(OPC_PASSWORD_FILE, 'utf8').trim() }));
