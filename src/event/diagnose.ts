import { createHmac } from "node:crypto";
import { bodyForms, maxPrinted } from "./diagnose/body-forms.ts";
import type { Finding } from "./diagnose/finding.ts";
import { packingOf } from "./diagnose/packings.ts";
import { keyForms, type KeyForm } from "./diagnose/secret-forms.ts";
import { looksLike, readSignature, type Reading } from "./diagnose/signature-forms.ts";
import { isJson } from "./is-json.ts";
import { matchingSecret, type Secret } from "./signature.ts";

export interface DiagnoseInput {
  /** The bytes of the request as they came. */
  readonly body: Uint8Array;
  /** Value of the header `x-comapi-signature`; `undefined` if there was none. */
  readonly signature: string | undefined;
  /** The secrets that it should match: the active ones, or those that were given to try. */
  readonly secrets: readonly Secret[];
  /** The active ones, if others were given to try. */
  readonly activeSecrets?: readonly Secret[];
  /** Secrets that are not active but may have been used, such as retired ones. */
  readonly otherSecrets?: readonly Secret[];
}

/** Why a signature does or does not match. */
export interface Diagnosis {
  readonly matches: boolean;
  /** Name of the secret that the signature was made with; `null` if that was not found out. */
  readonly secret: string | null;
  /** At least one; several if more than one thing is wrong. */
  readonly findings: readonly Finding[];
  /** What to look at when the cause was not found; else empty. */
  readonly checklist: readonly string[];
}

/** Above this size in bytes, a mistake in the body and one in the secret are not tried together. */
const maxProduct = 64 * 1024;

/**
 * Says why a signature does not match its body, by trying what usually goes wrong: with the text of the signature,
 * with the secret, with the body, and with two of them at once. Made for people who look for a mistake; whether to
 * accept a request is for `verify` alone.
 *
 * @example
 * ```ts
 * const { findings } = diagnose({ body, signature: "sha1=68f0…", secrets: [{ name: "default", value: secret }] });
 * console.log(findings.map(({ sentence }) => sentence).join("\n"));
 * ```
 */
export function diagnose(input: DiagnoseInput): Diagnosis {
  const { body, signature, secrets } = input;
  const active = matchingSecret(body, signature, secrets);
  if (active !== undefined) {
    return known(active, true, [
      { kind: "matches", sentence: `The signature matches the secret "${active.name}".` },
    ]);
  }
  if (signature === undefined) return unsolved([unsigned]);
  const reading = readSignature(signature);
  if (reading === undefined) return unsolved([notHex(signature)]);
  return search(input, reading) ?? unsolved([...reading.findings, unknown], checklistOf(input));
}

const unsigned: Finding = {
  kind: "unsigned",
  sentence:
    "There is no signature. The sender sets the header `x-comapi-signature` if its registration has a secret: set " +
    "one there, and make sure that no proxy drops the header.",
};

const unknown: Finding = {
  kind: "unknown",
  sentence: "The signature belongs to another body or another secret.",
};

function notHex(signature: string): Finding {
  return { kind: "not-hex", sentence: `The signature is not 40 hex digits: ${looksLike(signature)}.` };
}

interface Candidate extends KeyForm {
  readonly secret: Secret;
  /** False for the secret as it is. */
  readonly mistaken: boolean;
}

function search(input: DiagnoseInput, reading: Reading): Diagnosis | undefined {
  const candidates = candidatesOf(input);
  const plain = candidates.filter(({ mistaken }) => !mistaken);
  for (const { bytes, findings } of bodyForms(input.body)) {
    const keys = findings.length > 0 && bytes.length > maxProduct ? plain : candidates;
    const found = keys.find(({ key }) => gives(bytes, key, reading));
    if (found === undefined) continue;
    return known(found.secret, false, [...reading.findings, ...found.findings, ...findings]);
  }
  return undefined;
}

function candidatesOf({
  secrets,
  activeSecrets = [],
  otherSecrets = [],
}: DiagnoseInput): readonly Candidate[] {
  const of = (secret: Secret, before: readonly Finding[]): readonly Candidate[] =>
    keyForms(secret.value).map(({ key, findings }) => ({
      secret,
      key,
      findings: [...before, ...findings],
      mistaken: findings.length > 0,
    }));
  return [
    ...secrets.flatMap((secret) => of(secret, [])),
    ...activeSecrets.flatMap((secret) => of(secret, [notGiven(secret)])),
    ...otherSecrets.flatMap((secret) => of(secret, [notActive(secret)])),
  ];
}

function gives(bytes: Uint8Array, key: Buffer, { algorithm, digest }: Reading): boolean {
  return createHmac(algorithm, key).update(bytes).digest().equals(digest);
}

function notGiven({ name }: Secret): Finding {
  return {
    kind: "other-secret",
    sentence:
      `The signature was made with the secret "${name}", which is active here, not with one that was given to ` +
      "try.",
  };
}

function notActive({ name }: Secret): Finding {
  return {
    kind: "other-secret",
    sentence:
      `The signature was made with the secret "${name}", which is not active here: make it active, or set an ` +
      "active one at the sender.",
  };
}

function known(secret: Secret, matches: boolean, findings: readonly Finding[]): Diagnosis {
  return {
    matches,
    secret: secret.name,
    findings: findings.map(({ kind, sentence }) => ({ kind, sentence })),
    checklist: [],
  };
}

function unsolved(findings: readonly Finding[], checklist: readonly string[] = []): Diagnosis {
  return { matches: false, secret: null, findings, checklist };
}

/** What only a person can find out; what the input itself shows comes first. */
function checklistOf({ body, secrets, otherSecrets = [] }: DiagnoseInput): readonly string[] {
  const packing = packingOf(body);
  const rows: readonly (readonly [applies: boolean, sentence: string])[] = [
    [secrets.length + otherSecrets.length === 0, "No secret was given to try."],
    [body.length === 0, "The body is empty. Was it read before, by a body parser?"],
    [packing !== undefined, `The body seems to be compressed (${packing}). Does a proxy compress it?`],
    [
      body.length > 0 && packing === undefined && !isJson(body),
      "The body is not complete JSON. Was it cut off, or was something appended?",
    ],
    [body.length > maxPrinted, "The body is too large to test whether it was parsed and printed again."],
    [true, "Is this the secret of the registration that posts here? Each registration has its own."],
    [true, "Do the body and the signature belong to the same request?"],
    [
      true,
      `Is the body complete? It has ${body.length} bytes; the request's Content-Length says how many were sent.`,
    ],
    [true, "Does a proxy, a gateway or a body parser on the way change bodies?"],
  ];
  return rows.filter(([applies]) => applies).map(([, sentence]) => sentence);
}
