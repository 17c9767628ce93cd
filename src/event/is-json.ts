import { parseJson } from "./envelope.ts";

/** True if the bytes are JSON, with or without a byte order mark. */
export function isJson(bytes: Uint8Array): boolean {
  try {
    parseJson(bytes);
    return true;
  } catch {
    return false;
  }
}
