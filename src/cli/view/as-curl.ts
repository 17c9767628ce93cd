import { printable, printableLines } from "../../lib/printable.ts";
import type { ReceivedEvent } from "./received-event.ts";
import { textOf } from "./json-view.ts";
import { shellWord } from "./shell-word.ts";

/**
 * A shell script that posts events as the sender did: the exact bytes of each, signed when it runs. The secret is not in
 * it.
 *
 * @param events in the order in which they are posted
 */
export function asCurl(events: readonly ReceivedEvent[]): string {
  const posts = events.map(
    ({ event, body }) => `\n# ${printable(event.name)}, received ${event.receivedAt}\npost ${wordOf(body)}\n`,
  );
  return head + posts.join("");
}

const head = `#!/bin/sh
# Posts to the URL that is given to it; signs with HOOKWELL_SECRET; needs curl and openssl.
# A receiver that has handled these events drops them as repeats: post to another one.
set -eu
: "\${HOOKWELL_SECRET:?set it to the secret of the receiver}"
url=\${1:-http://127.0.0.1:3000/}
post() {
  signature=$(printf %s "$1" | openssl dgst -sha1 -hmac "$HOOKWELL_SECRET" -r | cut -d ' ' -f 1)
  printf %s "$1" | curl --silent --show-error --fail-with-body --write-out '\\n' "$url" \\
    --header 'content-type: application/json' --header "x-comapi-signature: $signature" --data-binary @-
}
`;

/** A word that a shell takes for exactly these bytes; what would act on a terminal is not in it as such. */
function wordOf(body: Uint8Array): string {
  const text = textOf(body);
  if (Buffer.from(text).equals(body) && printableLines(text) === text) return shellWord(text);
  return `"$(printf '${Array.from(body, octal).join("")}')"`;
}

/** A byte in a format of `printf`. */
function octal(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[ -~]/.test(character) && !/['%\\]/.test(character)
    ? character
    : `\\${byte.toString(8).padStart(3, "0")}`;
}
