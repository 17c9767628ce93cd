import { aMessage } from "../builders.ts";
import {
  admitFresh,
  assertRecord,
  assertStats,
  assertVerdict,
  dead,
  duplicate,
  fresh,
  type LedgerCase,
  process,
  repeatOf,
  replayAfter,
  replayOf,
  retry,
} from "./harness.ts";

/** A queue may lose what it has handed out; then the sender's next copy of the event is all that there is. */
export const lostCopyCases: readonly LedgerCase[] = [
  {
    // Such as a server that failed over to a copy that lags behind, or one that writes to the disk once in a second.
    name: "lets another copy take the place of one that was admitted, never tried, and lost by its queue",
    run: async ({ open }) => {
      const ledger = await open();
      const lost = aMessage();
      await admitFresh(ledger, lost);
      await assertStats(ledger, { pending: 1 });
      await ledger.close();
      const reopened = await open();

      const repeat = repeatOf(lost);
      await assertVerdict(reopened, repeat, fresh);
      await assertVerdict(reopened, lost, duplicate);
      await process(reopened, repeat);
      await assertVerdict(reopened, lost, duplicate);

      await assertRecord(reopened, lost, { status: "handled", attempts: 1, deliveries: 3 });
      await assertStats(reopened, { handled: 1, duplicates: 2 });
    },
  },
  {
    name: "knows the copy that took the place, also after a crash in its first run",
    run: async ({ open }) => {
      const ledger = await open();
      const [lost, failed] = [aMessage(), aMessage()];
      await admitFresh(ledger, lost);
      await process(ledger, failed, retry("no answer"));
      await assertStats(ledger, { pending: 1, retrying: 1 });
      await ledger.close();
      const reopened = await open();
      const others = [repeatOf(lost), replayAfter(1, failed)];
      for (const other of others) {
        await admitFresh(reopened, other);
        await reopened.begin(other, Date.now());
      }
      await reopened.close();
      const again = await open();

      for (const other of others) await process(again, other);

      await assertRecord(again, lost, { status: "handled", attempts: 2, deliveries: 1 });
      await assertRecord(again, failed, { status: "handled", attempts: 3, deliveries: 1 });
    },
  },
  {
    // It would be tried twice as often as it should be, or once more than a person wanted.
    name: "lets no other copy take the place of one that was tried, whose next attempt or replay is to come",
    run: async ({ open }) => {
      const ledger = await open();
      const [retried, replayed] = [aMessage(), aMessage()];
      await process(ledger, retried, retry("no answer"));
      await process(ledger, replayed, dead("gave up"));
      await ledger.reopen(replayed.eventId, replayOf(replayed).copy);
      await ledger.close();
      const reopened = await open();

      await assertVerdict(reopened, repeatOf(retried), duplicate);
      await assertVerdict(reopened, repeatOf(replayed), duplicate);

      await assertStats(reopened, { retrying: 1, pending: 1, duplicates: 2 });
    },
  },
];
