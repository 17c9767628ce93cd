/**
 * What goes before the rows: the head of a message of the protocol, and in it that of a file of COPY in binary format.
 */
const head = Buffer.from("d\0\0\0\0PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** What goes after the rows: -1 in place of a number of fields, and the message that says that all is sent. */
const tail = Buffer.from([0xff, 0xff, 0x63, 0, 0, 0, 4]);
/** The offset of a message's length, which counts itself, but not the letter before it. */
const lengthAt = 1;
const doneLength = 5;
const half = 2 ** 32;
/** How much room is made for a length, in bytes: for itself and a number of 64 bits. */
const lengthRoom = 12;

/** Columns and their types in SQL, in the order in which they are written. */
export type ColumnTypes<Column extends string> = Readonly<Record<Column, string>>;

/** Of a number, only the type of its column says how long it is there. */
export type CopyRow<Column extends string> = Readonly<
  Record<Column, string | number | boolean | Uint8Array | null>
>;

/** Rows as COPY reads them in its binary format, with the messages around that bring them to the server. */
export class CopyRows<Column extends string> {
  readonly #columns: readonly (readonly [column: Column, type: string])[];
  #bytes: Buffer;
  #at = head.length;

  /** @param size about how many bytes all rows take */
  constructor(types: ColumnTypes<Column>, size: number) {
    this.#columns = Object.entries(types) as [Column, string][];
    this.#bytes = Buffer.allocUnsafe(head.length + size);
    this.#bytes.set(head);
  }

  add(row: CopyRow<Column>): void {
    this.#room(2);
    this.#at = this.#bytes.writeInt16BE(this.#columns.length, this.#at);
    for (const [column, type] of this.#columns) this.#field(row[column], type);
  }

  /** Ends the rows, and gives all of it for the server. */
  end(): Buffer {
    this.#room(tail.length);
    this.#bytes.set(tail, this.#at);
    const all = this.#bytes.subarray(0, this.#at + tail.length);
    all.writeInt32BE(all.length - doneLength - lengthAt, lengthAt);
    return all;
  }

  #field(value: CopyRow<Column>[Column], type: string): void {
    if (value === null) this.#length(-1);
    else if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value, type);
    else if (typeof value === "boolean") this.#boolean(value);
    else this.#bytea(value);
  }

  #text(value: string): void {
    // No unit of a text takes more than three bytes. The room for its length is made now, too: if the buffer must grow,
    // only what stands before the text is moved.
    this.#room(lengthRoom + 3 * value.length);
    const length = this.#bytes.write(value, this.#at + 4);
    this.#length(length);
    this.#at += length;
  }

  #number(value: number, type: string): void {
    if (type === "smallint") {
      this.#length(2);
      this.#at = this.#bytes.writeInt16BE(value, this.#at);
    } else if (type === "int") {
      this.#length(4);
      this.#at = this.#bytes.writeInt32BE(value, this.#at);
    } else this.#bigint(value);
  }

  /** A whole number, written in two halves, which is much faster than a BigInt. */
  #bigint(value: number): void {
    this.#length(8);
    const high = Math.floor(value / half);
    this.#at = this.#bytes.writeInt32BE(high, this.#at);
    this.#at = this.#bytes.writeUInt32BE(value - high * half, this.#at);
  }

  #boolean(value: boolean): void {
    this.#length(1);
    this.#at = this.#bytes.writeUInt8(value ? 1 : 0, this.#at);
  }

  #bytea(value: Uint8Array): void {
    this.#length(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** The length of the field that follows, -1 for null. If that is a number, it has room after this. */
  #length(bytes: number): void {
    this.#room(lengthRoom);
    this.#at = this.#bytes.writeInt32BE(bytes, this.#at);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const more = Buffer.allocUnsafe(2 * (this.#at + bytes));
    more.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = more;
  }
}
