import type { Message } from "../../event/message.ts";
import { aMessage } from "../builders.ts";
import {
  admitFresh,
  assertRecord,
  assertVerdict,
  conflict,
  fresh,
  handled,
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
  {
    name: "finds no conflict of an event with itself when it is replayed",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage({ revision: 5, eventId: "back\\slash" });
      const replay = await replayed(ledger, message);

      await assertVerdict(ledger, replay, fresh);
      await process(ledger, replay);

      await assertRecord(ledger, message, { status: "handled", attempts: 2, conflict: false });
      await ledger.close();
      await assertVerdict(await open(), replayOf(message), fresh);
    },
  },
  {
    name: "finds a conflict with another of the same revision that was handled last, whichever came first",
    run: async ({ open }) => {
      const ledger = await open();
      const first = aMessage({ revision: 5 });
      const second = aMessage({ revision: 5, entity: first.entity });
      const settleAt = async (time: number, message: Message): Promise<void> => {
        const conflict = await admitFresh(ledger, message);
        await ledger.settle([{ message, outcome: handled, conflict, startedAt: time, endedAt: time }]);
      };
      await settleAt(1, first);
      await settleAt(2, second);
      const replay = replayOf(first);
      await ledger.reopen(first.eventId, replay.copy);

      await assertVerdict(ledger, replay, { kind: "fresh", conflict: true });
      await settleAt(3, replay);
      await assertVerdict(ledger, replayOf(second), { kind: "fresh", conflict: true });
    },
  },
  {
    name: "keeps the flag of a conflict when its event is replayed",
    run: async ({ open }) => {
      const ledger = await open();
      const first = aMessage({ revision: 5 });
      const second = aMessage({ revision: 5, entity: first.entity });
      await process(ledger, first);
      const replay = await replayed(ledger, second);
      await assertRecord(ledger, second, { conflict: true });

      await process(ledger, replay);
      await process(ledger, replayOf(second));

      await assertRecord(ledger, first, { conflict: false });
      await assertRecord(ledger, second, { conflict: true, status: "handled", attempts: 3 });
    },
  },
];
