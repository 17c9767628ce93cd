/** Text as UTF-8, for bodies. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
