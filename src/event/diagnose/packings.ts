import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";

/** The largest body that is unpacked, in bytes. */
const maxUnpacked = 64 * 1024 * 1024;

/** The body as it was before it was packed; undefined if it was not packed in this way. */
type Unpack = (body: Buffer) => Buffer | undefined;

/** Ways in which a body may be compressed. */
export const packings: readonly (readonly [name: string, unpacked: Unpack])[] = [
  ["gzip", tried(gunzipSync)],
  ["deflate", tried(inflateSync)],
  ["raw deflate", tried(inflateRawSync)],
  ["Brotli", tried(brotliDecompressSync)],
  ["Zstandard", tried(zstdDecompressSync)],
];

function tried(unpack: (body: Buffer, options: { readonly maxOutputLength: number }) => Buffer): Unpack {
  return (body) => {
    try {
      return unpack(body, { maxOutputLength: maxUnpacked });
    } catch {
      return undefined; // not packed in this way, or too large
    }
  };
}

/** Name of the way in which a body is compressed, told by its first bytes; `undefined` if it seems not to be. */
export function packingOf(body: Uint8Array): string | undefined {
  if (body[0] === 0x1f && body[1] === 0x8b) return "gzip";
  if (body[0] === 0x28 && body[1] === 0xb5 && body[2] === 0x2f && body[3] === 0xfd) return "Zstandard";
  return body[0] === 0x78 && body[1] !== undefined && (0x7800 + body[1]) % 31 === 0 ? "deflate" : undefined;
}
