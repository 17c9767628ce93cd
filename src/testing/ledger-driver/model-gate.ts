import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import type { Verdict } from "../../ledger/driver.ts";

interface Newest {
  readonly revision: number;
  /** Events that were handled with this revision. */
  readonly eventIds: Set<string>;
  /** True if one of them was removed: whether the ledger still knows a revision of this state is left open. */
  isLost: boolean;
  /** The highest revision that was handled before one was removed: the ledger may find one up to it again. */
  readonly doubtful: number;
}

/** Below every revision. */
const none = -1;

/** Which revisions are obsolete, as a ledger promises it. */
export class ModelGate {
  readonly #newest = new Map<string, Newest>();

  /**
   * Proves that a verdict is right.
   *
   * @param own whether this very event was handled before
   */
  assertRight(
    { eventId, state, revision }: Message,
    verdict: Exclude<Verdict, { kind: "duplicate" }>,
    own: boolean,
  ): void {
    const newest = state === null || revision === null ? undefined : this.#newest.get(state);
    if (newest === undefined || revision === null) {
      assert.ok(verdict.kind === "fresh" && !verdict.conflict, "there is nothing to compare it with");
      return;
    }
    if (verdict.kind === "obsolete") {
      const isKnown =
        verdict.newest === newest.revision ||
        (newest.isLost && verdict.newest < newest.revision) ||
        (verdict.newest > newest.revision && verdict.newest <= newest.doubtful);
      assert.ok(isKnown && revision < verdict.newest, `revision ${revision} is not obsolete`);
      return;
    }
    assert.ok(newest.isLost || revision >= newest.revision, `revision ${revision} is obsolete`);
    const hasOthers = [...newest.eventIds].some((other) => other !== eventId);
    // If events share the newest revision, it is left open which one is remembered as the newest.
    const isOpen =
      revision <= newest.doubtful || (newest.isLost ? revision <= newest.revision : own && hasOthers);
    const isConflict = revision === newest.revision && !own;
    assert.ok(verdict.kind === "fresh", "no other process is there");
    assert.ok(isOpen || verdict.conflict === isConflict, `conflict: ${verdict.conflict}`);
  }

  handled({ state, revision, eventId }: Message): void {
    if (state === null || revision === null) return;
    const newest = this.#newest.get(state);
    const before = newest?.revision === revision ? newest.eventIds : [];
    const doubtful = newest?.isLost === true ? Math.max(newest.revision, newest.doubtful) : newest?.doubtful;
    const eventIds = new Set([...before, eventId]);
    this.#newest.set(state, { revision, eventIds, isLost: false, doubtful: doubtful ?? none });
  }

  removed({ state, eventId }: Message): void {
    const newest = this.#newest.get(state ?? "");
    if (newest?.eventIds.delete(eventId) === true) newest.isLost = true;
  }
}
