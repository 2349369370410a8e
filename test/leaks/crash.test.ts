import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Place, secretivePlace } from './place.js';

/** What is in Node's hands when something fails there: a request with all its headers, and what is being sent. */
const REQUESTS = `const { ClientRequest } = require('node:http');
const { inspect } = require('node:util');
const seen = (request, body) => inspect(request.getHeaders()) + inspect(JSON.parse(body || '{}')) + body;`;

/** Code that a preload puts in the place of a working part of Node. */
const FAULTS = {
  'an error with the request in its text, thrown where the request is sent': `${REQUESTS}
    ClientRequest.prototype.end = function (body) { throw new TypeError('boom ' + seen(this, String(body ?? ''))); };`,
  'an error event with the request in its text': `${REQUESTS}
    ClientRequest.prototype.end = function (body) {
      setImmediate(() => this.emit('error', Object.assign(new Error('boom ' + seen(this, String(body ?? ''))), { request: this })));
      return this;
    };`,
  'an error with the file in its text, thrown where the file is written': `
    const fs = require('node:fs');
    const write = fs.writeFileSync;
    let content = '';
    fs.writeFileSync = (file, text, ...rest) => { content = String(text); return write(file, text, ...rest); };
    fs.renameSync = () => { throw new Error('boom ' + content); };`,
} as const;

/** The lines that hold secrets in memory for longest. */
const LINES = [
  { command: 'auth', words: [] },
  { command: 'refresh_token', words: [] },
  { command: 'session refresh', words: ['--profile', 'T'] },
];

function preload({ home }: Place, code: string): string {
  const path = join(home, 'preload.cjs');
  writeFileSync(path, code);
  return path;
}

describe('an error that nobody has thought of shows no secret', () => {
  it.each(Object.entries(FAULTS))('%s', async (name, code) => {
    const place = await secretivePlace();
    const path = preload(place, code);
    place.keepState();
    for (const [index, line] of LINES.entries()) {
      // Each fault meets both forms of an error, and each line, too.
      const flags = (index + Object.keys(FAULTS).indexOf(name)) % 2 === 0 ? ['--debug'] : ['-f', 'json'];
      const result = await place.run(line, flags, { env: { NODE_OPTIONS: `--require=${path}` } });
      const context = `${line.command} ${flags.join(' ')}: ${result.stderr}`;
      expect(result.status, context).toBeGreaterThan(0);
      place.canaries.expectNoneIn(result, context);
      // No part of a password either.
      expect(result.stderr).not.toContain('word 81%');
      place.expectFilesInOrder(context);
    }
  });
});

describe('an error that nobody catches', () => {
  /** Thrown from outside all promises, in the middle of an exchange. */
  const CRASH = `${REQUESTS}
    const { end } = ClientRequest.prototype;
    ClientRequest.prototype.end = function (...body) {
      setImmediate(() => { throw new Error('crashed on purpose'); });
      return end.apply(this, body);
    };`;

  it('is said in one line without a secret, and no report is written that would have some', async () => {
    const place = await secretivePlace();
    const path = preload(place, CRASH);
    place.keepState();
    const reports = join(place.home, 'reports');
    const options = `--require=${path} --report-uncaught-exception --report-on-fatalerror --report-directory=${reports}`;
    const env = { NODE_OPTIONS: options, OCI_CLI_PASSPHRASE: undefined };
    mkdirSync(reports);
    for (const line of LINES.slice(0, 2)) {
      const result = await place.run(line, ['--debug'], { env, asItIs: true });
      expect(result.status).toBe(1);
      expect(result.stderr).toContain('oracle-compute: a fault of this program: crashed on purpose\n');
      place.canaries.expectNoneIn(result, line.command);
    }
    expect(readdirSync(reports)).toEqual([]);
    place.expectFilesInOrder('crashes');
  });
});
