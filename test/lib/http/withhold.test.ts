import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withhold } from '../../../lib/http/withhold.js';

const SECRET = 'canary+Pass/word 81%"\\é';

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const ascii = (text: string) =>
  json(text).replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
const allEscaped = (text: string) =>
  Array.from({ length: text.length }, (_, at) => text.charAt(at))
    .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
const allPercent = (text: string) => Buffer.from(text).toString('hex').replace(/../g, '%$&');
const html = (text: string) => text.replace(/[&"<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);

const FORMS: Record<string, (secret: string) => string> = {
  literal: (secret) => secret,
  capitals: (secret) => secret.toUpperCase(),
  'URL-encoded': encodeURIComponent,
  'URL-encoded in small letters': (secret) => encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  'URL-encoded as a form': (secret) => new URLSearchParams({ x: secret }).toString().slice(2),
  'URL-encoded, every byte': allPercent,
  'URL-encoded twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  'JSON-escaped': json,
  'JSON-escaped as ASCII': ascii,
  'JSON-escaped, every letter': allEscaped,
  'JSON in JSON': (secret) => json(json(secret)),
  'JSON, URL-encoded': (secret) => encodeURIComponent(json(secret)),
  'HTML-escaped': html,
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64 without its end': (secret) => Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  'in base64 for addresses': (secret) => Buffer.from(secret).toString('base64url'),
  'in base64, URL-encoded': (secret) => encodeURIComponent(Buffer.from(secret).toString('base64')),
  'in base64 behind a user': (secret) => Buffer.from(`jack:${secret}`).toString('base64'),
  'in base64 behind another user': (secret) => Buffer.from(`al:${secret}\n`).toString('base64'),
  'in base64 behind a third': (secret) => Buffer.from(`eve:${secret}--`).toString('base64'),
  'in hex': (secret) => Buffer.from(secret).toString('hex'),
};

describe.each(Object.entries(FORMS))('a secret that a service repeats %s', (_, form) => {
  it('is taken out, and the rest is still there', () => {
    for (const secret of [SECRET, 'hunter2', 'correct horse battery staple', 'a'.repeat(60), 'x+y/z=1', 'pässwörter']) {
      const shown = withhold(`before ${form(secret)} after`, [secret]);
      expect(shown).toMatch(/^before \S{0,8}….* after$/);
      expect(shown).not.toContain(form(secret));
      // Two characters at most of what base64 makes of it remain, which also depend on its neighbours.
      const left = shown.slice('before '.length, -' after'.length).replaceAll('…', '');
      expect(left.length, `${secret}: ${left}`).toBeLessThan(14);
    }
  });

  // Not every letter has capitals that are as many.
  it('is found whatever it is', () => {
    const secrets = fc.string({
      unit: form === FORMS.capitals ? 'grapheme-ascii' : 'grapheme',
      minLength: 6,
      maxLength: 30,
    });
    fc.assert(
      fc.property(secrets, (secret) => !withhold(`[${form(secret)}]`, [secret]).includes(form(secret))),
      { numRuns: 300 },
    );
  });
});

it.each([
  ['several', 'one-canary and two-canary', ['one-canary', 'two-canary'], '… and …'],
  ['one within another', 'canary-long', ['canary', 'canary-long'], '…'],
  ['one twice', 'canary, canary', ['canary'], '…, …'],
  ['none', 'the rest', ['canary'], 'the rest'],
  ['an empty one', 'the rest', [''], 'the rest'],
  ['one so short that every word has it', 'the rest', ['th'], '…'],
])('%s', (_, text, secrets, shown) => {
  expect(withhold(text, secrets)).toBe(shown);
});

it('changes nothing of a text without secrets, however it is encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => withhold(text, ['canary-secret']) === text),
  );
});

it.each([
  '%',
  '%41',
  '\\',
  '\\u',
  '&#',
  '&#65;',
  '+',
  'c',
  'canar',
  'Y2Fu',
])('takes a megabyte of %j as it takes any other', (piece) => {
  // What grew by the square of the length would not end within the test.
  const text = piece.repeat(Math.ceil(2 ** 20 / piece.length));
  expect(withhold(`${text} canary-secret`, ['canary-secret'])).toBe(`${text} …`);
});
