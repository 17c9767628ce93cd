import type { Farewell } from "../network/socket.ts";

/** Bytes for a connection, and what must come of them. */
export interface Attack {
  readonly bytes: Uint8Array;
  /** Any of these lists of status codes is right. */
  readonly right: readonly (readonly number[])[];
  readonly farewell?: Farewell;
  /** Events that must be in the ledger afterwards, to the byte. */
  readonly kept?: readonly Kept[];
  /** Ids that must not be. */
  readonly absent?: readonly string[];
}

export interface Kept {
  readonly eventId: string;
  readonly body: Buffer;
}

/** What an attack is made from. */
export interface Source {
  readonly random: () => number;
  /** An event id that no other event has. */
  readonly id: () => string;
}

export type Maker = (source: Source) => Attack;
