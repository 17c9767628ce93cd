import { asBuffer } from "../../lib/as-buffer.ts";
import { isJson } from "../is-json.ts";
import { bomLength } from "../splitter.ts";
import { boms, type Change, lineBreaks, lineEndings, lostLineBreak, singles } from "./body-changes.ts";
import type { Finding } from "./finding.ts";
import { printedForms } from "./json-print.ts";

/** Bytes that the signature may belong to instead, and what has happened if it does. */
export interface BodyForm {
  readonly bytes: Uint8Array;
  readonly findings: readonly Finding[];
}

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
  .concat(singles.map((single) => [single]))
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
    yield {
      bytes: Buffer.from(`${printed}\n`),
      findings: [finding, { kind: "line-break", sentence: lostLineBreak }],
    };
  }
}
