import { bomLength } from "../splitter.ts";
import type { Finding, FindingKind } from "./finding.ts";
import { packings } from "./packings.ts";

/**
 * What may have happened to a body between signing and here; `undone` gives the body as it was before, or undefined if
 * this cannot have happened to it.
 */
export interface Change extends Finding {
  readonly undone: (body: Buffer) => Buffer | undefined;
}

const change = (kind: FindingKind, sentence: string, undone: Change["undone"]): Change => ({
  kind,
  sentence,
  undone,
});
const text = (value: string): Buffer => Buffer.from(value, "latin1"); // one character, one byte
const asBytes = " Sign and verify the bytes as they came.";
const bom = text("\u00ef\u00bb\u00bf");

export const lineEndings: readonly Change[] = [
  change(
    "line-endings",
    `Line endings were changed from LF to CRLF: the signature belongs to the body with LF.${asBytes}`,
    (body) => (body.includes("\r\n") ? text(body.toString("latin1").replaceAll("\r\n", "\n")) : undefined),
  ),
  change(
    "line-endings",
    `Line endings were changed from CRLF to LF: the signature belongs to the body with CRLF.${asBytes}`,
    (body) => (body.includes("\n") ? text(body.toString("latin1").replace(/\r?\n/g, "\r\n")) : undefined),
  ),
];

export const boms: readonly Change[] = [
  change(
    "bom",
    `A byte order mark was put before the body: the signature belongs to the body without it.${asBytes}`,
    (body) => (bomLength(body) > 0 ? body.subarray(bomLength(body)) : undefined),
  ),
  change(
    "bom",
    `The byte order mark before the body was lost: the signature belongs to the body with it.${asBytes}`,
    (body) => (bomLength(body) > 0 ? undefined : Buffer.concat([bom, body])),
  ),
];

const added = `A line break was added to the body: the signature belongs to the body without it.${asBytes}`;
export const lostLineBreak: string = `A line break at the end of the body was lost: the signature belongs to the body with it.${asBytes}`;
export const lineBreaks: readonly Change[] = [
  change("line-break", added, (body) => withoutEnd(body, /\r?\n$/)),
  change("line-break", added, (body) => withoutEnd(body, /[\r\n]+$/)),
  change("line-break", lostLineBreak, (body) => Buffer.concat([body, text("\n")])),
  change("line-break", lostLineBreak, (body) => Buffer.concat([body, text("\r\n")])),
  change("line-break", lostLineBreak, (body) => Buffer.concat([body, text("\n\n")])),
  change(
    "line-break",
    `White space was added around the body: the signature belongs to the body without it.${asBytes}`,
    (body) =>
      text(
        body
          .toString("latin1")
          .replace(/^[ \t\r\n]+/, "")
          .trimEnd(),
      ),
  ),
];

const charsets: readonly Change[] = [
  change(
    "charset",
    `The body was decoded as Latin-1 and encoded again as UTF-8: the signature belongs to the body before that.${asBytes}`,
    (body) => Buffer.from(body.toString("utf8"), "latin1"),
  ),
  change(
    "charset",
    `The signer encoded the body as UTF-16; the sender signs its UTF-8 bytes.${asBytes}`,
    (body) => Buffer.from(body.toString("utf8"), "utf16le"),
  ),
  change(
    "charset",
    `The signer decoded the body as Latin-1 and signed that text; the sender signs the bytes.${asBytes}`,
    (body) => Buffer.from(body.toString("latin1"), "utf8"),
  ),
];

const compressed: readonly Change[] = packings.map(([name, unpacked]) =>
  change(
    "compressed",
    `The body is compressed (${name}): the signature belongs to the unpacked body. Unpack it first, or have it ` +
      "sent without compression.",
    unpacked,
  ),
);

/** Those that are not tried together with any other. */
export const singles: readonly Change[] = [...charsets, ...compressed];

function withoutEnd(body: Buffer, end: RegExp): Buffer | undefined {
  const tail = end.exec(body.subarray(-1_024).toString("latin1"));
  return tail === null ? undefined : body.subarray(0, body.length - tail[0].length);
}
