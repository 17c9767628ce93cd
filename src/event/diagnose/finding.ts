/** Something found out about a signature, and what to do about it. */
export interface Finding {
  /** Stable, made for `switch`. */
  readonly kind: FindingKind;
  /** For people: what is wrong and how to cure it. Holds no secret and nothing of the body. */
  readonly sentence: string;
}

export type FindingKind =
  | "matches"
  | "unsigned"
  | "not-hex"
  | "wrapped"
  | "prefix"
  | "base64"
  | "algorithm"
  | "other-secret"
  | "secret-space"
  | "secret-quotes"
  | "secret-case"
  | "secret-encoding"
  | "secret-charset"
  | "secret-empty"
  | "line-break"
  | "bom"
  | "line-endings"
  | "reprinted"
  | "charset"
  | "compressed"
  | "unknown";
