import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { MalformedError } from "../../errors.ts";
import { asBuffer } from "../../lib/as-buffer.ts";
import { parseJson } from "../envelope.ts";
import { bomLength } from "../splitter.ts";
import type { Finding, FindingKind } from "./finding.ts";
import { printedForms } from "./json-print.ts";

/** Bytes that the signature may belong to instead, and what has happened if it does. */
export interface BodyForm {
  readonly bytes: Uint8Array;
  readonly findings: readonly Finding[];
}

/**
 * What may have happened to a body between signing and here; `undone` gives the body as it was before, or undefined if
 * this cannot have happened to it.
 */
interface Change {
  readonly kind: FindingKind;
  readonly sentence: string;
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

const lineEndings: readonly Change[] = [
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

const boms: readonly Change[] = [
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
const lost = `A line break at the end of the body was lost: the signature belongs to the body with it.${asBytes}`;
const lineBreaks: readonly Change[] = [
  change("line-break", added, (body) => withoutEnd(body, /\r?\n$/)),
  change("line-break", added, (body) => withoutEnd(body, /[\r\n]+$/)),
  change("line-break", lost, (body) => Buffer.concat([body, text("\n")])),
  change("line-break", lost, (body) => Buffer.concat([body, text("\r\n")])),
  change("line-break", lost, (body) => Buffer.concat([body, text("\n\n")])),
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

const others: readonly Change[] = [
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

/** The largest body that is unpacked, in bytes. */
const maxUnpacked = 64 * 1024 * 1024;
const bounded = { maxOutputLength: maxUnpacked };

const packings: readonly (readonly [name: string, unpack: (body: Buffer) => Buffer])[] = [
  ["gzip", (body) => gunzipSync(body, bounded)],
  ["deflate", (body) => inflateSync(body, bounded)],
  ["raw deflate", (body) => inflateRawSync(body, bounded)],
  ["Brotli", (body) => brotliDecompressSync(body, bounded)],
  ["Zstandard", (body) => zstdDecompressSync(body, bounded)],
];

const compressed: readonly Change[] = packings.map(([name, unpack]) =>
  change(
    "compressed",
    `The body is compressed (${name}): the signature belongs to the unpacked body. Unpack it first, or have it ` +
      "sent without compression.",
    (body) => unpacked(body, unpack),
  ),
);

/** The largest body that is printed again, in bytes. */
export const maxPrinted: number = 4 * 1024 * 1024;

/** All bodies that the signature may belong to, simple causes first. Each is made when it is asked for. */
export function* bodyForms(given: Uint8Array): Generator<BodyForm> {
  const body = asBuffer(given);
  yield { bytes: body, findings: [] };
  for (const chain of chains) {
    const bytes = undo(body, chain);
    if (bytes !== undefined && !bytes.equals(body)) yield { bytes, findings: chain };
  }
  if (body.length <= maxPrinted) yield* reprinted(body);
}

/** Which changes are tried together: one of each list, the fewest first. */
const chains: readonly (readonly Change[])[] = combinations([lineEndings, boms, lineBreaks])
  .concat([...others, ...compressed].map((single) => [single]))
  .toSorted((a, b) => a.length - b.length);

function combinations(lists: readonly (readonly Change[])[]): readonly (readonly Change[])[] {
  return lists
    .reduce<readonly (readonly Change[])[]>(
      (chains, list) => chains.flatMap((chain) => [chain, ...list.map((next) => [...chain, next])]),
      [[]],
    )
    .filter((chain) => chain.length > 0);
}

function undo(body: Buffer, chain: readonly Change[]): Buffer | undefined {
  return chain.reduce<Buffer | undefined>((bytes, { undone }) => bytes && undone(bytes), body);
}

function* reprinted(body: Buffer): Generator<BodyForm> {
  if (!isJson(body)) return;
  const json = body.toString("utf8", bomLength(body));
  for (const { label, text: printed } of printedForms(json)) {
    const sentence =
      `The body was parsed and printed again: the signature belongs to its form ${label}. ` +
      "Sign and verify the bytes as they came, before any parser.";
    const finding: Finding = { kind: "reprinted", sentence };
    yield { bytes: Buffer.from(printed), findings: [finding] };
    yield { bytes: Buffer.from(`${printed}\n`), findings: [finding, { kind: "line-break", sentence: lost }] };
  }
}

/** True if the bytes are JSON, with or without a byte order mark. */
export function isJson(bytes: Uint8Array): boolean {
  try {
    parseJson(bytes);
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

function withoutEnd(body: Buffer, end: RegExp): Buffer | undefined {
  const tail = end.exec(body.subarray(-1_024).toString("latin1"));
  return tail === null ? undefined : body.subarray(0, body.length - tail[0].length);
}

function unpacked(body: Buffer, unpack: (body: Buffer) => Buffer): Buffer | undefined {
  try {
    return unpack(body);
  } catch {
    return undefined; // not packed in this way, or too large
  }
}

/** Name of the way in which a body is compressed, told by its first bytes; `undefined` if it seems not to be. */
export function packingOf(body: Uint8Array): string | undefined {
  if (body[0] === 0x1f && body[1] === 0x8b) return "gzip";
  if (body[0] === 0x28 && body[1] === 0xb5 && body[2] === 0x2f && body[3] === 0xfd) return "Zstandard";
  return body[0] === 0x78 && body[1] !== undefined && (0x7800 + body[1]) % 31 === 0 ? "deflate" : undefined;
}
