import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { aMessage } from "../builders.ts";
import {
  admitFresh,
  assertRecord,
  assertStats,
  assertVerdict,
  dead,
  detailOf,
  duplicate,
  inState,
  type LedgerCase,
  obsolete,
  process,
  repeatOf,
  replayed,
  replayOf,
  retry,
} from "./harness.ts";

/** A settled event can be handled once more, if a person wants it. */
export const replayingCases: readonly LedgerCase[] = [
  {
    // Whether it was a replay itself is of no use to another one, and left open.
    name: "gives an event back as it was admitted",
    run: async ({ open }) => {
      const ledger = await open();
      const body = Uint8Array.of(0x7b, 0xff, 0x00, 0x7d);
      const message = aMessage({ body, state: "s", revision: 4, accountId: "x", occurredAt: null });
      await process(ledger, message, dead("gave up"));
      await ledger.admit([repeatOf({ ...message, receivedAt: message.receivedAt + 5_000 })]);

      const given = await ledger.message(message.eventId);

      assert.ok(given !== undefined);
      const asBuffers = { ...given, body: Buffer.from(given.body), replay: false };
      assert.deepEqual(asBuffers, { ...message, body: Buffer.from(body), replay: false });
    },
  },
  {
    name: "gives an event back with the copy that it knows, for which the next replay stands",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();

      const replay = await replayed(ledger, message, dead("gave up"));

      assert.equal((await ledger.message(message.eventId))?.copy, replay.copy);
    },
  },
  {
    name: "gives an event back as no replay, also one of which it knows nothing but a replay",
    run: async ({ open }) => {
      const ledger = await open();
      const replay = { ...aMessage(), replay: true };

      await process(ledger, replay);

      assert.equal((await ledger.message(replay.eventId))?.replay, false);
    },
  },
  {
    name: "makes a settled event pending when its replay is announced",
    run: async ({ open }) => {
      const ledger = await open();
      const [failed, done] = [aMessage(), aMessage()];
      await process(ledger, failed, dead("gave up"));
      await process(ledger, done);

      await ledger.reopen(failed.eventId, randomUUID());
      await ledger.reopen(done.eventId, randomUUID());

      await assertRecord(ledger, failed, {
        status: "pending",
        settledAt: null,
        attempts: 1,
        error: "gave up",
      });
      await assertRecord(ledger, done, { status: "pending", settledAt: null, attempts: 1 });
      await assertStats(ledger, { pending: 2 });
      await ledger.close();
      const reopened = await open();
      await assertRecord(reopened, failed, { status: "pending", attempts: 1 });
      await assertStats(reopened, { pending: 2 });
    },
  },
  {
    name: "makes an obsolete event pending when its replay is announced, until that is obsolete, too",
    run: async ({ open }) => {
      const ledger = await open();
      const older = inState("s", 1);
      await process(ledger, inState("s", 2));
      await assertVerdict(ledger, older, obsolete(2));
      const replay = replayOf(older);

      await ledger.reopen(older.eventId, replay.copy);
      await assertRecord(ledger, older, { status: "pending", settledAt: null });

      await assertVerdict(ledger, replay, obsolete(2));
      await assertRecord(ledger, older, { status: "obsolete", attempts: 0 });
      await assertStats(ledger, { handled: 1, obsolete: 1 });
    },
  },
  {
    name: "lets the replay of a dead letter pass, and keeps its attempts",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      const replay = await replayed(ledger, message, dead("gave up"));

      await process(ledger, replay);

      const { attemptLog, ...record } = await detailOf(ledger, message);
      assert.deepEqual(
        attemptLog.map(({ attempt, outcome }) => [attempt, outcome]),
        [
          [1, "failed"],
          [2, "handled"],
        ],
      );
      assert.deepEqual([record.status, record.attempts, record.error], ["handled", 2, null]);
      assert.equal(record.deliveries, 1);
      await assertStats(ledger, { handled: 1 });
    },
  },
  {
    name: "lets a replay fail again, and be replayed again",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      const first = await replayed(ledger, message, dead("gave up"));
      await process(ledger, first, retry("no answer"));
      const second = await replayed(ledger, first, dead("gave up again"));

      await process(ledger, second, dead("gave up for ever"));

      await assertRecord(ledger, message, { status: "dead", attempts: 4, error: "gave up for ever" });
      await assertStats(ledger, { dead: 1 });
    },
  },
  {
    name: "takes the replay of an event for obsolete if a newer one has been handled",
    run: async ({ open }) => {
      const ledger = await open();
      const older = aMessage({ revision: 1 });
      await process(ledger, older, dead("gave up"));
      await process(ledger, aMessage({ revision: 2, entity: older.entity }));
      const replay = replayOf(older);
      await ledger.reopen(older.eventId, replay.copy);

      await assertVerdict(ledger, replay, { kind: "obsolete", newest: 2 });

      await assertRecord(ledger, older, { status: "obsolete", attempts: 1 });
      await assertStats(ledger, { handled: 1, obsolete: 1 });
      await assertVerdict(ledger, replay, duplicate);
    },
  },
  {
    // The processor may be faster than the one who announces the replay.
    name: "lets a replay pass that was not announced",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await process(ledger, message, dead("gave up"));
      const replay = replayOf(message);

      await admitFresh(ledger, replay);
      await assertStats(ledger, { pending: 1 });
      await ledger.reopen(message.eventId, replay.copy);
      await process(ledger, replay);
      await ledger.reopen(message.eventId, replay.copy);

      await assertRecord(ledger, message, { status: "handled", attempts: 2 });
      await assertStats(ledger, { handled: 1 });
      await ledger.close();
      const reopened = await open();
      await reopened.reopen(message.eventId, replay.copy);
      await assertRecord(reopened, message, { status: "handled" });
    },
  },
  {
    name: "lets a replay that was lost in a crash pass again, and one that is settled not",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      const replay = await replayed(ledger, message, dead("gave up"));
      await admitFresh(ledger, replay);
      await ledger.close();

      const reopened = await open();
      await process(reopened, replay);

      await assertVerdict(reopened, replay, duplicate);
      await assertRecord(reopened, message, { status: "handled", attempts: 2, deliveries: 1 });
      await assertStats(reopened, { handled: 1 });
    },
  },
  {
    name: "counts a repeat by the sender while a replay is on its way",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      const replay = await replayed(ledger, message, dead("gave up"));

      await assertVerdict(ledger, repeatOf(message), duplicate);
      await process(ledger, replay);

      await assertRecord(ledger, message, { status: "handled", deliveries: 2 });
      await assertStats(ledger, { handled: 1, duplicates: 1 });
    },
  },
  {
    name: "announces no replay of what is unknown or not settled",
    run: async ({ open }) => {
      const ledger = await open();
      const [unknown, admitted, retrying] = [aMessage(), aMessage(), aMessage()];
      await admitFresh(ledger, admitted);
      await process(ledger, retrying, retry("no answer"));

      for (const { eventId } of [unknown, admitted, retrying]) await ledger.reopen(eventId, randomUUID());

      assert.equal(await ledger.get(unknown.eventId), undefined);
      await assertRecord(ledger, retrying, { status: "retrying", error: "no answer" });
      await assertStats(ledger, { pending: 1, retrying: 1 });
      await process(ledger, admitted);
      await process(ledger, retrying);
      await assertStats(ledger, { handled: 2 });
    },
  },
];
