/**
 * True if the text is in the bytes; letters A to Z match in either case. Bytes are compared, not characters, so that a
 * body in any charset can be searched.
 */
export function containsText(bytes: Uint8Array, text: string): boolean {
  return searchable(bytes).includes(searchable(Buffer.from(text)));
}

/** One character for each byte, with A to Z in lower case. */
const searchable = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
