import { createHash } from "node:crypto";
import { pageHeaders } from "./page-headers.ts";
import { testPageStyle } from "./test-page-style.ts";

export interface TestPageOptions {
  /** The path that takes webhooks, such as `/`. */
  readonly path: string;
  /** Where the visitor came in, such as `https://hooks.example.com`; if it is no such thing, the page names no address. */
  readonly hostHint: string;
}

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Headers of the page. Its one style is allowed by hash; scripts, frames and foreign files are not. */
export const testPageHeaders: Readonly<Record<string, string>> = {
  ...pageHeaders({ "style-src": hash(testPageStyle), "img-src": "data:" }),
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
};

/** What a browser sees at the address that takes webhooks. Tells a visitor nothing that is not public. */
export function testPage({ path, hostHint }: TestPageOptions): string {
  const url = isOrigin(hostHint) ? escapeHtml(hostHint + path) : undefined;
  const address = url === undefined ? "" : `\n${line(url)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Hookwell: this endpoint is up</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style>${testPageStyle}</style>
</head>
<body>
<main>
<header>
<p class="name">${mark}<span>Hookwell</span><span class="state">Listening</span></p>
<h1>This endpoint is up.</h1>
<p>It receives the webhooks of the Enterprise Communications API (Dotdigital, formerly Comapi). Each one is
checked and safely kept before it is answered.</p>
</header>
<section>
<h2>What to do next</h2>
<ol>
<li><p><strong>Register this address at the sender.</strong></p>
<p>Switch <em>batch</em> on, so that many events share one request.</p>${address}</li>
<li><p><strong>Set the same secret on both sides.</strong></p>
<p>Here it comes from <code>HOOKWELL_SECRET</code>, or was generated and shown at the first start.</p></li>
<li><p><strong>Send a test.</strong></p>
${line(`hookwell send message.sent --url ${url ?? "URL"}`)}</li>
<li><p><strong>Watch it arrive.</strong></p>
${line("hookwell tail")}</li>
</ol>
</section>
<section>
<h2>When something is missing</h2>
<dl>
<dt><code>hookwell doctor</code></dt><dd>finds what is set up wrong, and why a signature does not match</dd>
<dt><code>hookwell quarantine list</code></dt><dd>lists requests that could not be accepted, and says why</dd>
<dt><code>hookwell dead-letters list</code></dt><dd>lists events whose handler failed; <code>replay</code> handles them again</dd>
<dt><code>hookwell --help</code></dt><dd>lists all commands</dd>
</dl>
</section>
<section>
<h2>Read more</h2>
<dl>
<dt>README.md</dt><dd>the first five minutes</dd>
<dt>docs/</dt><dd>one page per task: verify, handle, retry, deploy, operate</dd>
</dl>
</section>
</main>
<footer>The sender posts here. A browser only ever sees this page.</footer>
</body>
</html>
`;
}

const shape =
  '<g fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">' +
  '<circle cx="15.5" cy="4.5" r="2.6"/><path d="M15.5 7.1v8.4a5.25 5.25 0 0 1-10.5 0V10.5l4 4"/></g>';
const mark = `<svg viewBox="0 0 22 22" aria-hidden="true">${shape}</svg>`;
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 22" color="#0b9088">${shape}</svg>`;

const line = (html: string): string => `<pre><code>${html}</code></pre>`;

/** A visitor chooses the Host header, so only what can be an address is repeated. */
function isOrigin(text: string): boolean {
  return /^https?:\/\/[\w.:[\]-]{1,255}$/.test(text);
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
