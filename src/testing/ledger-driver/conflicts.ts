import {
  assertRecord,
  assertVerdict,
  conflict,
  inState,
  type LedgerCase,
  obsolete,
  process,
  replayed,
  replayOf,
  retry,
} from "./harness.ts";

/** Of several events with one revision each is handled, and flagged if another was before. */
export const conflictCases: readonly LedgerCase[] = [
  {
    name: "lets another event with the newest handled revision pass, and flags it as a conflict",
    run: async ({ open }) => {
      const ledger = await open();
      const [first, second, third] = [inState("s", 5), inState("s", 5), inState("s", 5)];
      await process(ledger, first);

      await assertVerdict(ledger, second, conflict);
      await process(ledger, second, retry("no answer"));
      await assertRecord(ledger, second, { conflict: true, status: "retrying" });
      await process(ledger, second);
      await process(ledger, third);

      await assertRecord(ledger, first, { conflict: false });
      await assertRecord(ledger, second, { conflict: true, status: "handled" });
      await assertRecord(ledger, third, { conflict: true, status: "handled" });
      await assertVerdict(ledger, inState("s", 4), obsolete(5));
    },
  },
  {
    name: "flags the replay of an event whose revision another one has, also while that is replayed, too",
    run: async ({ open }) => {
      const ledger = await open();
      const [first, second] = [inState("s", 5), inState("s", 5)];
      await process(ledger, second, retry("no answer"));
      await process(ledger, first);
      await replayed(ledger, second);
      const replay = replayOf(first);
      await ledger.reopen(first.eventId, replay.copy);

      await process(ledger, replay);

      await assertRecord(ledger, first, { conflict: true, status: "handled" });
    },
  },
];
