import assert from "node:assert/strict";
import { aMessage } from "../builders.ts";
import { eventually, promptly, timed } from "../eventually.ts";
import {
  admitFresh,
  assertRecord,
  assertStats,
  assertVerdict,
  dead,
  detailOf,
  fresh,
  handled,
  iso,
  type LedgerCase,
  process,
  processAll,
  retry,
} from "./harness.ts";

const startedAt = Date.UTC(2026, 4, 1, 12, 0, 0, 5);
const endedAt = startedAt + 250;

/** What an event becomes, and what is written about it. */
export const settlingCases: readonly LedgerCase[] = [
  {
    name: "writes down all that is known of a handled event",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage({ revision: 3, receivedAt: startedAt - 40, accountId: 39270 });

      await assertVerdict(ledger, message, fresh);
      await ledger.settle([{ message, outcome: handled, conflict: false, startedAt, endedAt }]);

      assert.deepEqual(await ledger.get(message.eventId), {
        eventId: message.eventId,
        name: "message.delivered",
        entity: message.entity,
        revision: 3,
        status: "handled",
        attempts: 1,
        deliveries: 1,
        conflict: false,
        receivedAt: iso(startedAt - 40),
        occurredAt: "2026-01-01T00:00:00.000Z",
        settledAt: iso(endedAt),
        error: null,
        accountId: 39270,
        apiSpaceId: message.apiSpaceId,
        synthetic: false,
        attemptLog: [
          { attempt: 1, startedAt: iso(startedAt), endedAt: iso(endedAt), outcome: "handled", error: null },
        ],
      });
      await assertStats(ledger, { handled: 1 });
    },
  },
  {
    name: "keeps what is absent, and tells numbers from text",
    run: async ({ open }) => {
      const ledger = await open();
      const nothing = { state: null, revision: null, occurredAt: null, apiSpaceId: null };
      const bare = aMessage({ ...nothing, accountId: null });
      const text = aMessage({ accountId: "39270", revision: 0 });
      const large = aMessage({ accountId: 1.5, revision: Number.MAX_SAFE_INTEGER, occurredAt: -1 });

      const strange = { accountId: "a\0\\0", apiSpaceId: "b\0\\0" };
      const odd = aMessage(strange);

      await processAll(ledger, [bare, text, large, odd]);

      await assertRecord(ledger, odd, strange);
      const absent = { revision: null, occurredAt: null, accountId: null, apiSpaceId: null };
      await assertRecord(ledger, bare, absent);
      await assertRecord(ledger, text, { accountId: "39270", revision: 0 });
      await assertRecord(ledger, large, {
        accountId: 1.5,
        revision: Number.MAX_SAFE_INTEGER,
        occurredAt: "1969-12-31T23:59:59.999Z",
      });
    },
  },
  {
    name: "knows nothing of an event that it never saw",
    run: async ({ open }) => {
      const ledger = await open();
      const { eventId } = aMessage();

      assert.equal(await ledger.get(eventId), undefined);
      assert.equal(await ledger.message(eventId), undefined);
      await assertStats(ledger, {});
    },
  },
  {
    name: "shows an event that is admitted and not settled as pending, within a second",
    run: async ({ open }) => {
      const ledger = await open();
      let pending = 0;

      await promptly(2_000, async () => {
        const message = aMessage();
        pending += 1;
        await admitFresh(ledger, message);
        const { ms } = await timed(() =>
          eventually(async () => {
            assert.equal((await ledger.get(message.eventId))?.status, "pending");
            const { items } = await ledger.list({ status: "pending" }, 10, null);
            assert.equal(items[0]?.eventId, message.eventId);
            assert.equal((await ledger.stats()).events.pending, pending);
          }),
        );
        await assertRecord(ledger, message, { attempts: 0, deliveries: 1, settledAt: null, error: null });
        return ms;
      });
    },
  },
  {
    name: "shows an event that will be tried again as retrying, with its error and its attempts",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();

      await process(ledger, message, retry("no answer"));
      await process(ledger, message, retry("refused"));
      // Also while it is tried again.
      await assertVerdict(ledger, message, fresh);

      await assertRecord(ledger, message, {
        status: "retrying",
        attempts: 2,
        error: "refused",
        settledAt: null,
        deliveries: 1,
      });
      await assertStats(ledger, { retrying: 1 });
    },
  },
  {
    name: "keeps each attempt, in order, with its outcome",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      const outcomes = [retry("no answer"), retry("refused"), handled];

      for (const [index, outcome] of outcomes.entries()) {
        const conflict = await admitFresh(ledger, message);
        const at = startedAt + index * 1_000;
        await ledger.settle([{ message, outcome, conflict, startedAt: at, endedAt: at + index }]);
      }

      const { attemptLog, ...record } = await detailOf(ledger, message);
      assert.deepEqual(
        attemptLog.map(({ attempt, outcome, error }) => [attempt, outcome, error]),
        [
          [1, "failed", "no answer"],
          [2, "failed", "refused"],
          [3, "handled", null],
        ],
      );
      assert.deepEqual(
        attemptLog.map((each) => [each.startedAt, each.endedAt]),
        [0, 1, 2].map((index) => [iso(startedAt + index * 1_000), iso(startedAt + index * 1_001)]),
      );
      // The newest attempt did not fail, so there is no error.
      assert.deepEqual([record.status, record.attempts, record.error], ["handled", 3, null]);
    },
  },
  {
    name: "makes an event that failed for good a dead letter, with its error",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();

      await process(ledger, message, retry("no answer"));
      await admitFresh(ledger, message);
      await ledger.settle([{ message, outcome: dead("gave up"), conflict: false, startedAt, endedAt }]);

      const { attemptLog, ...record } = await detailOf(ledger, message);
      assert.deepEqual(
        attemptLog.map(({ outcome, error }) => [outcome, error]),
        [
          ["failed", "no answer"],
          ["failed", "gave up"],
        ],
      );
      assert.deepEqual([record.status, record.error, record.attempts], ["dead", "gave up", 2]);
      assert.equal(record.settledAt, iso(endedAt));
      await assertStats(ledger, { dead: 1 });
    },
  },
  {
    name: "keeps all of it when it is closed and opened again",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = [aMessage(), aMessage(), aMessage()] as const;
      await process(ledger, messages[0]);
      await process(ledger, messages[1], retry("no answer"));
      await process(ledger, messages[2], dead("gave up"));
      const before = await Promise.all(messages.map((message) => detailOf(ledger, message)));

      await ledger.close();

      const reopened = await open();
      assert.deepEqual(await Promise.all(messages.map((message) => detailOf(reopened, message))), before);
      await assertStats(reopened, { handled: 1, retrying: 1, dead: 1 });
    },
  },
  {
    name: "takes many events of different states at once",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = Array.from({ length: 200 }, () => aMessage());

      await processAll(ledger, messages);

      await assertStats(ledger, { handled: 200 });
      for (const message of messages) await assertRecord(ledger, message, { status: "handled", attempts: 1 });
    },
  },
];
