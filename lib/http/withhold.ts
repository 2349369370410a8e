/** In place of what is withheld, as everywhere in messages. */
const WITHHELD = '…';

/** A secret this short is found in every word: then nothing of the text is shown. */
const SHORTEST = 4;

/** Encodings may lie in one another: a JSON text in a JSON text in an address. */
const MOST_LAYERS = 3;

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Each kind of escape by itself: what begins one kind is an ordinary character to another. */
const ESCAPES: ReadonlyArray<readonly [pattern: RegExp, decode: (written: string) => string]> = [
  // URLs
  [/(?:%[\da-f]{2})+/gi, (written) => Buffer.from(written.replaceAll('%', ''), 'hex').toString('utf8')],
  // JSON and JavaScript
  [/\\(?:u[\da-f]{4}|x[\da-f]{2}|[\s\S])/gi, decodeBackslash],
  // HTML
  [/&(?:#x[\da-f]{1,6}|#\d{1,7}|amp|lt|gt|quot|apos);/gi, decodeReference],
];

/**
 * Takes secrets out of a text that a service wrote, in whatever form it repeats them: literal, in other capitals, URL-,
 * JSON-, HTML-, base64- or hex-encoded, and in several layers of these. Its work grows as the text does.
 */
export function withhold(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret !== '');
  if (known.some((secret) => secret.length < SHORTEST)) return WITHHELD;
  const forms = [...new Set(known.flatMap(formsOf))].filter((form) => form.length >= SHORTEST);
  const spans = viewsOf(text).flatMap((view) => {
    const searched = comparable(view.text);
    return forms.flatMap((form) =>
      occurrences(searched, form).map((at) => ({ from: originOf(view, at), to: originOf(view, at + form.length) })),
    );
  });
  return cut(text, spans);
}

/** A secret and what base64 and hex make of it. base64 also where it lies within a longer text, at any of three places. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((whole.length * 8) / 6);
    return [whole.toString('base64').slice(from, to), whole.toString('base64url').slice(from, to)];
  });
  return [secret, bytes.toString('hex'), ...encoded].map(comparable);
}

/** In a query a `+` is a blank; either stands for both. Capitals do not matter, and the length stays what it is. */
function comparable(text: string): string {
  return text.replace(/[\p{Lu}+]/gu, (letter) => {
    const small = letter === '+' ? ' ' : letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  });
}

/** A decoded text, and where each of its characters, and its end, begins in the text as it came; undefined: there too. */
interface View {
  readonly text: string;
  readonly origins: readonly number[] | undefined;
}

function originOf({ origins }: View, at: number): number {
  return origins === undefined ? at : (origins[at] ?? 0);
}

/** The text as it came, and what is left of it when layers of escapes are taken off, in every order. */
function viewsOf(text: string): View[] {
  let layer: View[] = [{ text, origins: undefined }];
  const views = [...layer];
  for (let layers = 0; layers < MOST_LAYERS; layers++) {
    layer = layer.flatMap((view) => ESCAPES.flatMap((kind) => decodeLayer(view, ...kind) ?? []));
    views.push(...layer);
  }
  return views;
}

/** Undefined where there is nothing to decode. */
function decodeLayer(view: View, pattern: RegExp, decode: (written: string) => string): View | undefined {
  let text = '';
  let end = 0;
  const origins: number[] = [];
  const copy = (to: number) => {
    for (let at = end; at < to; at++) origins.push(originOf(view, at));
    text += view.text.slice(end, to);
  };
  for (const { 0: written, index } of view.text.matchAll(pattern)) {
    copy(index);
    const decoded = decode(written);
    for (let count = 0; count < decoded.length; count++) origins.push(originOf(view, index));
    text += decoded;
    end = index + written.length;
  }
  if (end === 0) return undefined;
  copy(view.text.length);
  origins.push(originOf(view, view.text.length));
  return { text, origins };
}

function decodeBackslash(written: string): string {
  const hexadecimal = written.slice(2);
  return hexadecimal === '' ? written.slice(1) : String.fromCharCode(Number.parseInt(hexadecimal, 16));
}

function decodeReference(written: string): string {
  const name = written.slice(1, -1).toLowerCase();
  if (!name.startsWith('#')) return NAMED[name] ?? written;
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code <= 0x10ffff ? String.fromCodePoint(code) : written;
}

function occurrences(text: string, form: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + form.length)) found.push(at);
  return found;
}

function cut(text: string, spans: ReadonlyArray<{ from: number; to: number }>): string {
  let shown = '';
  let done = 0;
  for (const { from, to } of [...spans].sort((one, other) => one.from - other.from)) {
    if (from >= done) shown += text.slice(done, from) + WITHHELD;
    done = Math.max(done, to);
  }
  return shown + text.slice(done);
}
