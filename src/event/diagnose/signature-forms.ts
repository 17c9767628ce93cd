import type { Finding, FindingKind } from "./finding.ts";

/** A digest that the text of a signature may stand for. */
export interface Reading {
  readonly algorithm: string;
  readonly digest: Buffer;
  /** Empty if the text is as the sender writes it. */
  readonly findings: readonly Finding[];
}

/** Length of the digest in bytes → algorithm and its usual name. */
const algorithms: ReadonlyMap<number, readonly [algorithm: string, label: string]> = new Map([
  [16, ["md5", "MD5"]],
  [20, ["sha1", "SHA-1"]],
  [32, ["sha256", "SHA-256"]],
  [48, ["sha384", "SHA-384"]],
  [64, ["sha512", "SHA-512"]],
]);

interface Wrapping {
  readonly kind: FindingKind;
  readonly sentence: string;
  readonly strip: (text: string) => string;
}

/** What may stand around a digest, from outside to inside. */
const wrappings: readonly Wrapping[] = [
  {
    kind: "wrapped",
    sentence: "There is white space around the signature: remove it, the sender writes 40 hex digits alone.",
    strip: (text) => text.trim(),
  },
  {
    kind: "wrapped",
    sentence: "There are quotes around the signature: remove them, the sender writes 40 hex digits alone.",
    strip: (text) => text.replace(/^(["'])(.*)\1$/s, "$2"),
  },
  {
    kind: "prefix",
    sentence:
      "The signature begins with the name of an algorithm, such as `sha1=`: remove it, the sender writes 40 hex " +
      "digits alone.",
    strip: (text) => text.replace(/^(?:[\w-]+\([^)]*\)|(?:hmac-?)?sha-?\d+|md5|v\d+)\s*[=:]\s*/i, ""),
  },
  {
    kind: "wrapped",
    sentence:
      "There is a separator between the bytes of the signature (as .NET's BitConverter writes it): remove it, the " +
      "sender writes 40 hex digits alone.",
    strip: (text) => (/^[0-9a-f]{2}([-: ][0-9a-f]{2})+$/i.test(text) ? text.replace(/[-: ]/g, "") : text),
  },
];

const base64: Finding = {
  kind: "base64",
  sentence: "The signature is base64, the sender writes hex: encode the digest as 40 hex digits.",
};

/** The digest that a text can stand for; `undefined` if there is none. */
export function readSignature(text: string): Reading | undefined {
  const findings: Finding[] = [];
  let core = text;
  for (const { kind, sentence, strip } of wrappings) {
    const inner = strip(core);
    if (inner !== core) findings.push({ kind, sentence });
    core = inner;
  }
  if (/^([0-9a-f]{2})+$/i.test(core)) return readingOf(Buffer.from(core, "hex"), findings);
  if (isBase64(core)) return readingOf(Buffer.from(core, "base64"), [...findings, base64]);
  return undefined;
}

function readingOf(digest: Buffer, findings: readonly Finding[]): Reading | undefined {
  const [algorithm, label] = algorithms.get(digest.length) ?? [];
  if (algorithm === undefined) return undefined;
  if (algorithm === "sha1") return { algorithm, digest, findings };
  const sentence = `The signature has the length of ${label}, the sender signs with HMAC-SHA1: use that algorithm.`;
  return { algorithm, digest, findings: [...findings, { kind: "algorithm", sentence }] };
}

function isBase64(text: string): boolean {
  return /^[\w+/-]+={0,2}$/.test(text);
}

/** What a text that stands for no digest looks like, for people. */
export function looksLike(text: string): string {
  if (text.trim() === "") return "it is empty";
  if (/^[0-9a-f]+$/i.test(text)) return `it is ${text.length} hex digits, so some are missing or added`;
  if (/^[0-9a-f]{40}\s*,/i.test(text)) return "it holds several values, so the header was added twice";
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return "it looks like a JSON Web Token";
  if (/^(basic|bearer)\s/i.test(text)) return "it looks like the value of an Authorization header";
  if (isBase64(text)) return "it may be base64, but not of a digest";
  return `it is ${text.length} characters long, and not all of them are hex digits`;
}
