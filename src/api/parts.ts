import type { Families } from "../event/entity.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Page } from "../ledger/record.ts";
import type { Log } from "../log.ts";
import type { Queue } from "../queue/queue.ts";
import type { DriftReport, QuarantineRecord, RecheckResponse, SecretUse } from "./contract.ts";

/** The store of refused requests, as far as the API needs it. Any call may throw `QuarantineUnavailableError`. */
export interface QuarantinePort {
  /**
   * Newest first.
   *
   * @throws {RangeError} if the cursor is not one of this store
   */
  list(limit: number, cursor: string | null): Promise<Page<QuarantineRecord>>;
  /** The exact bytes of the refused body. */
  body(id: string): Promise<Uint8Array | undefined>;
  /** False if there is no such request. */
  remove(id: string): Promise<boolean>;
  count(): Promise<number>;
  /** Checks every refused request again; what verifies now goes to the queue and leaves the store. */
  recheck(): Promise<RecheckResponse>;
}

/** What the API reads from and acts upon. */
export interface ApiParts {
  readonly queue: Queue;
  readonly ledger: Ledger;
  readonly quarantine: QuarantinePort;
  /** The rules by which events that the API itself makes get their entity. */
  readonly families: Families;
  /** How often each active secret gave the signature of a request. */
  secretUse(): Promise<readonly SecretUse[]>;
  /** A name for a new copy of an event that no other copy has; see `Message.copy`. */
  newCopy(): string;
  /** ms since 1970. */
  now(): number;
  readonly log: Log;
  /** The answer itself says why a part fails: who asks cannot read the log. */
  readonly tellsWhy?: boolean;
  /** In what events are not as their schemas say; absent where no events are handled. */
  readonly drift?: () => DriftReport;
  /** Ends the streams when the server begins to stop; without it they last until their clients leave. */
  readonly stopping?: AbortSignal;
}
