import { aMessage } from "../builders.ts";
import {
  admitFresh,
  assertRecord,
  assertStats,
  assertVerdict,
  dead,
  duplicate,
  type LedgerCase,
  process,
  replayAfter,
  retry,
} from "./harness.ts";

/** A replay is for the event as the person saw it: it may come before the next attempt, or too late. */
export const replaysInTimeCases: readonly LedgerCase[] = [
  {
    name: "lets a replay pass before the next attempt, which is no more to come then and no repeat of the sender",
    run: async ({ open }) => {
      const ledger = await open();
      const [message, failing] = [aMessage(), aMessage()];
      await process(ledger, message, retry("no answer"));
      await process(ledger, failing, retry("no answer"));

      await process(ledger, replayAfter(1, message));
      await process(ledger, replayAfter(1, failing), retry("no answer"));

      await assertVerdict(ledger, message, duplicate);
      await assertVerdict(ledger, failing, duplicate);
      await assertRecord(ledger, message, { status: "handled", attempts: 2, deliveries: 1 });
      await assertRecord(ledger, failing, { status: "retrying", attempts: 2, deliveries: 1 });
      await assertStats(ledger, { handled: 1, retrying: 1 });
    },
  },
  {
    name: "takes a replay for a duplicate, and does not count it, if its event was tried since somebody asked for it",
    run: async ({ open }) => {
      const ledger = await open();
      const [twice, retried] = [aMessage(), aMessage()];
      await process(ledger, twice, dead("gave up"));
      await process(ledger, retried, retry("no answer"));
      await process(ledger, replayAfter(1, twice));
      await process(ledger, retried);

      for (const message of [twice, retried]) {
        const late = replayAfter(1, message);
        await assertVerdict(ledger, late, duplicate);
        await ledger.reopen(late.eventId, late.copy);
      }

      await assertRecord(ledger, twice, { status: "handled", attempts: 2, deliveries: 1 });
      await assertRecord(ledger, retried, { status: "handled", attempts: 2, deliveries: 1 });
      await assertStats(ledger, { handled: 2 });
    },
  },
  {
    // Two servers may ask at once. If both replays come before either is announced, nothing is on its way any more.
    name: "announces no replay if another one, asked for at the same time, has shown its event to be obsolete",
    run: async ({ open }) => {
      const ledger = await open();
      const older = aMessage({ revision: 1 });
      await process(ledger, older, dead("gave up"));
      await process(ledger, aMessage({ revision: 2, entity: older.entity }));
      const replays = [replayAfter(1, older), replayAfter(1, older)];
      for (const replay of replays) await assertVerdict(ledger, replay, { kind: "obsolete", newest: 2 });

      for (const { eventId, copy } of replays) await ledger.reopen(eventId, copy);

      await assertRecord(ledger, older, { status: "obsolete", attempts: 1 });
      await assertStats(ledger, { handled: 1, obsolete: 1 });
    },
  },
  {
    name: "takes a replay for a duplicate, and does not count it, while its event is under way",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await admitFresh(ledger, message);

      await assertVerdict(ledger, replayAfter(0, message), duplicate);
      await process(ledger, message);

      await assertRecord(ledger, message, { status: "handled", attempts: 1, deliveries: 1 });
      await assertStats(ledger, { handled: 1 });
    },
  },
  {
    name: "lets a replay take the place of a copy, or of a replay, that its queue has lost",
    run: async ({ open }) => {
      const ledger = await open();
      const [lost, replayed] = [aMessage(), aMessage()];
      await admitFresh(ledger, lost);
      await process(ledger, replayed, dead("gave up"));
      await ledger.reopen(replayed.eventId, replayAfter(1, replayed).copy);
      await assertStats(ledger, { pending: 2 });
      await ledger.close();
      const reopened = await open();

      await process(reopened, replayAfter(0, lost));
      await process(reopened, replayAfter(1, replayed));

      await assertStats(reopened, { handled: 2 });
    },
  },
];
