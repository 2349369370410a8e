import { shownText } from '../../text.js';

/** What the page shows; plain text, escaped here. */
export interface PageContent {
  readonly title: string;
  readonly text: string;
  /** `busy`: the page's script has a login to pass on, or shows that there is no login. */
  readonly tone: 'busy' | 'wait' | 'good' | 'bad';
}

export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6875;--ground:#f4f6f8;--card:#fff;--line:#dde3e9;--wait:#5b6875;--good:#1a7f4b;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#9fadba;--ground:#12181f;--card:#1b232c;--line:#2c3743;--wait:#9fadba;--good:#57c88d;--bad:#ff8a80}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{box-sizing:border-box;width:min(32rem,calc(100vw - 2rem));padding:2rem;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--tone);border-radius:10px}
h1{margin:0 0 .5rem;font-size:1.35rem;line-height:1.25}
p{margin:0;overflow-wrap:anywhere;white-space:pre-line}
footer{margin-top:1.5rem;color:var(--soft);font-size:.85rem}
[data-tone=busy],[data-tone=wait]{--tone:var(--wait)}[data-tone=good]{--tone:var(--good)}[data-tone=bad]{--tone:var(--bad)}`;

/**
 * Takes what the login page left after `#` out of the address and out of the history, hands it over in the body of a
 * request, and shows what came of it.
 */
const SCRIPT = `
const fragment = location.hash.slice(1);
history.replaceState(null, '', '/');
const show = ({ title, text, tone }) => {
  document.title = title;
  document.querySelector('h1').textContent = title;
  document.querySelector('p').textContent = text;
  document.querySelector('main').dataset.tone = tone;
};
if (fragment) {
  fetch('/token', { method: 'POST', body: fragment, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    .then((answer) => answer.json())
    .then(show)
    .catch(() => show({
      title: 'Nobody is waiting for this login',
      text: 'The program that asked for it has ended. Start the login again from the terminal.',
      tone: 'bad',
    }));
} else if (document.querySelector('main').dataset.tone === 'busy') {
  show({
    title: 'Waiting for a login',
    text: 'This address takes the result of a login, and none came with it. Log in at the page that opened first.',
    tone: 'wait',
  });
}`;

/** A page with only its own script and style. No other site can frame it, and no cache keeps it. */
export function callbackPage(content: PageContent, nonce: string): Page {
  const { title, text, tone } = content;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main data-tone="${tone}" role="status">
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
<noscript><p>Please allow scripts for this page: it hands the login over to the program in your terminal.</p></noscript>
<footer>oracle-compute, on this machine</footer>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
  return { html, headers: pageHeaders(nonce) };
}

function pageHeaders(nonce: string): Record<string, string> {
  return {
    ...PRIVATE_HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      'img-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
}

/** For every answer: no cache keeps it, no browser guesses its type, no other site learns its address. */
export const PRIVATE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  connection: 'close',
};

function escapeHtml(text: string): string {
  return shownText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
