/** Each piece costs an object of some hundred bytes besides its own; pieces smaller than this are put together. */
const smallBytes = 4 * 1024;
/** How much room for small pieces is made at a time. */
const roomBytes = 16 * 1024;

const noRoom = Buffer.alloc(0);

/** A body as it comes. Whoever sends it in pieces of one byte does not make us keep more than its bytes. */
export class BodyPieces {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  /** Small pieces side by side, and behind them room for more. */
  #room = noRoom;
  #filled = 0;

  /** Bytes of all pieces. */
  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    // Most bodies are one piece, which is not copied.
    if (this.#pieces.length === 0 || piece.length >= smallBytes) {
      this.#endSmall();
      this.#pieces.push(piece);
      return;
    }
    if (piece.length > this.#room.length - this.#filled) {
      this.#endSmall();
      this.#room = Buffer.allocUnsafeSlow(roomBytes);
    }
    this.#room.set(piece, this.#filled);
    this.#filled += piece.length;
  }

  /** The whole body. Nothing is added after it. */
  whole(): Uint8Array {
    this.#endSmall();
    const [only = noRoom] = this.#pieces;
    return this.#pieces.length <= 1 ? only : Buffer.concat(this.#pieces, this.#length);
  }

  /** Makes a piece of what is in the room; the rest of the room is for those to come. */
  #endSmall(): void {
    if (this.#filled === 0) return;
    this.#pieces.push(this.#room.subarray(0, this.#filled));
    this.#room = this.#room.subarray(this.#filled);
    this.#filled = 0;
  }
}
