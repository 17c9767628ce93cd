import { createHmac, hash } from "node:crypto";

/** A block and a digest of SHA-1, in bytes. */
const blockBytes = 64;
const digestBytes = 20;

/** Larger bodies are not copied behind the key: beside their hashing, what `createHmac` costs does not matter. */
const mostCopied = 16 * 1024;

/**
 * HMAC-SHA1 under one key, made from two hashes as RFC 2104 defines it. `createHmac` would make an object outside the
 * heap each time and throw it away, which costs more than hashing a small body.
 */
export class HmacSha1 {
  readonly #key: Buffer;
  /** The key for the inner hash, and behind it room for a body. */
  readonly #inner = Buffer.alloc(blockBytes + mostCopied, 0x36);
  /** The key for the outer hash, and behind it room for the inner one. */
  readonly #outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);

  /** @param secret its UTF-8 bytes are the key */
  constructor(secret: string) {
    this.#key = Buffer.from(secret);
    const short = this.#key.length > blockBytes ? hash("sha1", this.#key, "buffer") : this.#key;
    for (const [at, byte] of short.entries()) {
      this.#inner[at] = byte ^ 0x36;
      this.#outer[at] = byte ^ 0x5c;
    }
  }

  /** In lower-case hex digits. */
  hex(body: Uint8Array): string {
    const { length } = body;
    if (length > mostCopied) return createHmac("sha1", this.#key).update(body).digest("hex");
    this.#inner.set(body, blockBytes);
    this.#outer.write(
      hash("sha1", this.#inner.subarray(0, blockBytes + length), "binary"),
      blockBytes,
      "binary",
    );
    return hash("sha1", this.#outer, "hex");
  }
}
