import type { Finding, FindingKind } from "./finding.ts";

/** A key that may have been meant by a secret. */
export interface KeyForm {
  readonly key: Buffer;
  /** Empty for the secret as it is. */
  readonly findings: readonly Finding[];
}

interface Row {
  readonly kind: FindingKind;
  readonly sentence: string;
  /** The other keys; what equals the secret itself is passed over. */
  readonly keys: (secret: string) => readonly (string | Buffer)[];
}

const row = (kind: FindingKind, sentence: string, keys: Row["keys"]): Row => ({ kind, sentence, keys });
const isHex = (text: string): boolean => /^([0-9a-f]{2})+$/i.test(text);
const isBase64 = (text: string): boolean => /^[\w+/-]{4,}={0,2}$/.test(text);
const unquoted = (text: string): string => text.trim().replace(/^(["'`])(.*)\1$/s, "$2");

/** What happens to secrets on their way through files, shells and forms. */
const rows: readonly Row[] = [
  // Before white space, which a byte order mark counts as.
  row(
    "secret-charset",
    "A byte order mark stands before the secret on one side: save the file as UTF-8 without one.",
    (secret) => [`\ufeff${secret}`, secret.replace(/^\ufeff/, "")],
  ),
  row(
    "secret-space",
    "The secret here has white space around it that the signer's does not have: remove it.",
    (secret) => [secret.trim(), secret.trimEnd(), secret.trimStart()],
  ),
  row(
    "secret-space",
    "The signer's secret has a line break or a space at its end that the secret here does not have: " +
      "set it at the signer without (a file written by `echo` has one, by `printf %s` it has none).",
    (secret) => [`${secret}\n`, `${secret}\r\n`, `${secret} `, ` ${secret}`, `${secret}\r`],
  ),
  row(
    "secret-quotes",
    "There are quotes around the secret here that do not belong to it: remove them.",
    (secret) => [unquoted(secret), unquoted(secret).trim()],
  ),
  row(
    "secret-quotes",
    "The signer took the quotes around the secret for a part of it: set it there without quotes.",
    (secret) => [`"${secret}"`, `'${secret}'`],
  ),
  row(
    "secret-case",
    "The letters of the secret are upper case on one side and lower case on the other: use the same spelling.",
    (secret) => [secret.toLowerCase(), secret.toUpperCase()],
  ),
  row(
    "secret-case",
    "The secret is a GUID, which the signer spells otherwise (hyphens, braces): use the same spelling.",
    guidSpellings,
  ),
  row(
    "secret-encoding",
    "The signer took the secret for hex and used the bytes that it stands for. The sender uses its text as it is.",
    (secret) => (isHex(secret) ? [Buffer.from(secret, "hex")] : []),
  ),
  row(
    "secret-encoding",
    "The signer took the secret for base64 and used the bytes that it stands for. The sender uses its text as it is.",
    (secret) => (isBase64(secret) ? [Buffer.from(secret, "base64")] : []),
  ),
  row(
    "secret-encoding",
    "The signer used the hex form of the secret; set the secret here to that text, or use the plain one at the signer.",
    (secret) => [Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("hex").toUpperCase()],
  ),
  row(
    "secret-encoding",
    "The signer used the base64 form of the secret; set the secret here to that text, or use the plain one at the signer.",
    (secret) => [Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("base64url")],
  ),
  row(
    "secret-encoding",
    "The secret is URL-encoded on one side only (such as `%2B` for a plus): use the plain text.",
    (secret) => [encodeURIComponent(secret.toWellFormed()), urlDecoded(secret)],
  ),
  row(
    "secret-charset",
    "The signer turned the secret into bytes as UTF-16; the sender uses UTF-8.",
    (secret) => [Buffer.from(secret, "utf16le"), Buffer.from(secret, "utf16le").swap16()],
  ),
  row(
    "secret-charset",
    "The signer turned the secret into bytes as Latin-1 (or read UTF-8 as such); the sender uses UTF-8.",
    (secret) => [Buffer.from(secret, "latin1"), Buffer.from(secret).toString("latin1")],
  ),
  row(
    "secret-empty",
    "The signer had no secret: its key was empty, or the word `undefined` or `null`. Check how it loads the secret.",
    () => ["", "undefined", "null", "None"],
  ),
];

/** The secret as it is, and the keys that mistakes make of it; no key twice. */
export function keyForms(secret: string): readonly KeyForm[] {
  const seen = new Set<string>();
  const forms: KeyForm[] = [];
  const add = (bytes: string | Buffer, findings: readonly Finding[]): void => {
    const key = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    const id = key.toString("latin1");
    if (seen.has(id)) return;
    seen.add(id);
    forms.push({ key, findings });
  };
  add(secret, []);
  for (const { kind, sentence, keys } of rows) {
    for (const key of keys(secret)) add(key, [{ kind, sentence }]);
  }
  return forms;
}

function guidSpellings(secret: string): readonly string[] {
  const digits = secret.replace(/[{}-]/g, "");
  if (!/^[0-9a-f]{32}$/i.test(digits)) return [];
  const hyphens = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return [digits, hyphens, `{${hyphens}}`].flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()]);
}

function urlDecoded(secret: string): string {
  try {
    return decodeURIComponent(secret);
  } catch {
    return secret; // not URL-encoded
  }
}
