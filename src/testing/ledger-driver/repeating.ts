import assert from "node:assert/strict";
import { aMessage } from "../builders.ts";
import {
  admitFresh,
  assertRecord,
  assertStats,
  assertVerdict,
  dead,
  detailOf,
  duplicate,
  fresh,
  type LedgerCase,
  process,
  processAll,
  repeatOf,
  replayOf,
  retry,
} from "./harness.ts";

/** A ledger does not let pass again what it has seen before, but it does if that was lost in a crash. */
export const repeatingCases: readonly LedgerCase[] = [
  {
    name: "takes another copy of a settled event for a duplicate, and counts it on the first",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      const failed = aMessage();
      await process(ledger, message);
      await process(ledger, failed, dead("gave up"));
      const details = () => Promise.all([message, failed].map((each) => detailOf(ledger, each)));
      const before = await details();

      await assertVerdict(ledger, repeatOf(message), duplicate);
      await assertVerdict(ledger, repeatOf(message), duplicate);
      await assertVerdict(ledger, repeatOf(failed), duplicate);

      await assertRecord(ledger, message, { deliveries: 3, status: "handled", attempts: 1 });
      await assertRecord(ledger, failed, { deliveries: 2, status: "dead", attempts: 1 });
      const uncounted = (await details()).map((detail) => ({ ...detail, deliveries: 1 }));
      assert.deepEqual(uncounted, before);
      await assertStats(ledger, { handled: 1, dead: 1, duplicates: 3 });
    },
  },
  {
    name: "takes another copy of an obsolete event for a duplicate, and counts it",
    run: async ({ open }) => {
      const ledger = await open();
      const newer = aMessage({ revision: 2 });
      const older = aMessage({ revision: 1, entity: newer.entity });
      await process(ledger, newer);
      await ledger.admit([older]);

      await assertVerdict(ledger, repeatOf(older), duplicate);
      await assertVerdict(ledger, older, duplicate);

      await assertRecord(ledger, older, { deliveries: 2, status: "obsolete" });
      await assertStats(ledger, { handled: 1, obsolete: 1, duplicates: 1 });
    },
  },
  {
    name: "takes another copy of an event that is not settled for a duplicate, and counts it",
    run: async ({ open }) => {
      const ledger = await open();
      const [admitted, retrying] = [aMessage(), aMessage()];
      await admitFresh(ledger, admitted);
      await process(ledger, retrying, retry("no answer"));

      await assertVerdict(ledger, repeatOf(admitted), duplicate);
      await assertVerdict(ledger, repeatOf(retrying), duplicate);

      await assertStats(ledger, { pending: 1, retrying: 1, duplicates: 2 });
      await assertRecord(ledger, admitted, { deliveries: 2 });
      await assertRecord(ledger, retrying, { deliveries: 2, status: "retrying" });
      await process(ledger, retrying);
      await process(ledger, admitted);
      await assertRecord(ledger, admitted, { deliveries: 2, status: "handled" });
      await assertRecord(ledger, retrying, { deliveries: 2, status: "handled" });
    },
  },
  {
    name: "takes another copy for a duplicate however late it comes, also after a week one of an event without a time, or of the year 9999",
    run: async ({ open }) => {
      const ledger = await open();
      const daysAgo = (days: number): number => Date.now() - days * 86_400_000;
      const timed = aMessage({ occurredAt: daysAgo(25), receivedAt: daysAgo(25) });
      const untimed = aMessage({ occurredAt: null, receivedAt: daysAgo(7) });
      const absurd = aMessage({ occurredAt: Date.UTC(9999), receivedAt: daysAgo(7) });
      for (const message of [timed, untimed, absurd]) await process(ledger, message);

      for (const message of [timed, untimed, absurd]) {
        await assertVerdict(ledger, { ...repeatOf(message), receivedAt: Date.now() }, duplicate);
      }
    },
  },
  {
    name: "takes another copy for a duplicate although the clock of its sender is ahead, by most of a day, by a little more, or by a year",
    run: async ({ open }) => {
      const ledger = await open();
      const hourMs = 3_600_000;
      const receivedAt = Date.now() - 48 * hourMs;
      const ahead = aMessage({ receivedAt, occurredAt: receivedAt + 20 * hourMs });
      const farAhead = aMessage({ receivedAt, occurredAt: receivedAt + 365 * 24 * hourMs });
      const dayAhead = aMessage({ receivedAt, occurredAt: receivedAt + 30 * hourMs });
      for (const message of [ahead, dayAhead, farAhead]) await process(ledger, message);

      await assertVerdict(ledger, { ...repeatOf(ahead), receivedAt: Date.now() }, duplicate);
      await assertVerdict(ledger, { ...repeatOf(dayAhead), receivedAt: receivedAt + 20 * hourMs }, duplicate);
      await assertVerdict(ledger, repeatOf(farAhead), duplicate);
    },
  },
  {
    name: "knows each repeat and each old revision in a list, whatever the times of those that come with it",
    run: async ({ open }) => {
      const ledger = await open();
      const daysAgo = (days: number): number => Date.now() - days * 86_400_000;
      const messages = [5, 40, 25, 0].map((days) =>
        aMessage({ occurredAt: daysAgo(days), receivedAt: daysAgo(days), revision: 2 }),
      );
      await processAll(ledger, messages);
      const receivedAt = Date.now();
      const repeats = messages.map((message) => ({ ...repeatOf(message), receivedAt }));
      const older = messages.map(({ entity, occurredAt }) =>
        aMessage({ entity, occurredAt, receivedAt, revision: 1 }),
      );

      assert.deepEqual(
        await ledger.admit(repeats),
        messages.map(() => duplicate),
      );
      assert.deepEqual(
        await ledger.admit(older),
        messages.map(() => ({ kind: "obsolete", newest: 2 })),
      );
    },
  },
  {
    // The queue hands a copy out twice if a worker dies after settling and before acknowledging.
    name: "takes the same copy of a settled event for a duplicate, and does not count it",
    run: async ({ open }) => {
      const ledger = await open();
      const [message, failed] = [aMessage(), aMessage()];
      await process(ledger, message);
      await process(ledger, failed, dead("gave up"));

      await assertVerdict(ledger, message, duplicate);
      await assertVerdict(ledger, failed, duplicate);
      await ledger.close();
      const reopened = await open();
      await assertVerdict(reopened, message, duplicate);

      await assertRecord(reopened, message, { deliveries: 1 });
      await assertStats(reopened, { handled: 1, dead: 1, duplicates: 0 });
    },
  },
  {
    // A worker died while the handler ran.
    name: "takes the same copy of an event that was admitted and never settled for fresh",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await assertVerdict(ledger, message, fresh);

      await assertVerdict(ledger, message, fresh);
      await ledger.close();
      const reopened = await open();
      await assertVerdict(reopened, message, fresh);
      await process(reopened, message);

      await assertRecord(reopened, message, { status: "handled", attempts: 1, deliveries: 1 });
      await assertStats(reopened, { handled: 1 });
    },
  },
  {
    name: "knows a copy by its name, and that of a replay, whatever signs are in it",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage({ copy: "a\\b\0c" });
      await process(ledger, message, dead("gave up"));
      await assertVerdict(ledger, message, duplicate);
      const replay = { ...replayOf(message), copy: "c\0b\\a" };

      await ledger.reopen(replay.eventId, replay.copy);
      await assertRecord(ledger, message, { status: "pending", deliveries: 1 });
      await process(ledger, replay);

      await assertVerdict(ledger, replay, duplicate);
      await assertRecord(ledger, message, { status: "handled", deliveries: 1 });
    },
  },
  {
    name: "takes the same copy of an event that is retried for fresh, and goes on counting attempts",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await process(ledger, message, retry("no answer"));
      await assertVerdict(ledger, message, fresh);
      await ledger.close();

      const reopened = await open();
      await assertVerdict(reopened, message, fresh);
      await process(reopened, message);

      await assertRecord(reopened, message, { status: "handled", attempts: 2, deliveries: 1 });
    },
  },
  {
    name: "keeps what it counted when it is closed and opened again",
    run: async ({ open }) => {
      const ledger = await open();
      const [message, retrying] = [aMessage(), aMessage()];
      await process(ledger, message);
      await process(ledger, retrying, retry("no answer"));
      await ledger.admit([repeatOf(message)]);
      await ledger.admit([repeatOf(retrying)]);
      await ledger.close();

      const reopened = await open();
      await assertVerdict(reopened, repeatOf(message), duplicate);

      await assertStats(reopened, { handled: 1, retrying: 1, duplicates: 3 });
      await assertRecord(reopened, message, { deliveries: 3 });
      await assertRecord(reopened, retrying, { deliveries: 2 });
    },
  },
];
