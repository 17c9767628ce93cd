/** The write-ahead log of SQLite, as its file format describes it: what of it counts, and frames that fit behind that. */
export interface WriteAheadLog {
  readonly pageSize: number;
  /** Pages that committed frames hold. */
  readonly pages: ReadonlySet<number>;
  /** Where the next frame would go. */
  readonly end: number;
  /** Another one each time that the log begins anew. */
  readonly name: string;
  /**
   * A frame that fits behind the one before.
   *
   * @param commit pages of the database, in the last frame of a transaction; 0 in all others
   */
  nextFrame(page: number, content: Uint8Array, commit?: number): Uint8Array;
}

const headerBytes = 32;
const frameHeaderBytes = 24;
const magicOfLittleEnd = 0x377f0682;

type Sum = readonly [number, number];

/** Undefined if the file holds no log, as after everything was written back. */
export function readLog(bytes: Buffer): WriteAheadLog | undefined {
  if (bytes.length < headerBytes) return undefined;
  const magic = bytes.readUInt32BE(0);
  if (magic !== magicOfLittleEnd && magic !== magicOfLittleEnd + 1) return undefined;
  const littleEnd = magic === magicOfLittleEnd;
  const pageSize = bytes.readUInt32BE(8);
  const salts = bytes.subarray(16, 24);
  const frameBytes = frameHeaderBytes + pageSize;
  let sum = checksum(bytes.subarray(0, 24), [0, 0], littleEnd);
  let committed = { end: headerBytes, sum };
  const pages = new Set<number>();
  let open: number[] = [];
  for (let at = headerBytes; at + frameBytes <= bytes.length; at += frameBytes) {
    const frame = bytes.subarray(at, at + frameBytes);
    if (!frame.subarray(8, 16).equals(salts)) break;
    sum = checksum(
      frame.subarray(frameHeaderBytes),
      checksum(frame.subarray(0, 8), sum, littleEnd),
      littleEnd,
    );
    if (frame.readUInt32BE(16) !== sum[0] || frame.readUInt32BE(20) !== sum[1]) break;
    open.push(frame.readUInt32BE(0));
    if (frame.readUInt32BE(4) === 0) continue;
    for (const page of open) pages.add(page);
    open = [];
    committed = { end: at + frameBytes, sum };
  }
  let nextSum = committed.sum;
  return {
    pageSize,
    pages,
    end: committed.end,
    name: salts.toString("hex"),
    nextFrame: (page, content, commit = 0) => {
      const frame = Buffer.alloc(frameBytes);
      frame.writeUInt32BE(page, 0);
      frame.writeUInt32BE(commit, 4);
      salts.copy(frame, 8);
      frame.set(content, frameHeaderBytes);
      nextSum = checksum(frame.subarray(0, 8), nextSum, littleEnd);
      nextSum = checksum(frame.subarray(frameHeaderBytes), nextSum, littleEnd);
      frame.writeUInt32BE(nextSum[0], 16);
      frame.writeUInt32BE(nextSum[1], 20);
      return frame;
    },
  };
}

/** The checksum of SQLite's log, going on from `sum`. */
function checksum(bytes: Buffer, [first, second]: Sum, littleEnd: boolean): Sum {
  const word = (at: number): number => (littleEnd ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  let [a, b] = [first, second];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + word(at) + b) >>> 0;
    b = (b + word(at + 4) + a) >>> 0;
  }
  return [a, b];
}
