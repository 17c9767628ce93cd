import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { aMessage } from "../builders.ts";
import {
  admitFresh,
  assertRecord,
  assertStats,
  assertVerdict,
  dead,
  detailOf,
  duplicate,
  conflict,
  fresh,
  inState,
  type LedgerCase,
  obsolete,
  process,
  repeatOf,
  replayOf,
  retry,
} from "./harness.ts";

/** Once a revision of a state has been handled, no lower one is. */
export const gatingCases: readonly LedgerCase[] = [
  {
    name: "writes an event below the newest handled revision down as obsolete",
    run: async ({ open }) => {
      const ledger = await open();
      const [newer, older] = [inState("s", 5), inState("s", 4)];
      await process(ledger, newer);

      await assertVerdict(ledger, older, obsolete(5));

      await assertRecord(ledger, older, { status: "obsolete", attempts: 0, deliveries: 1, error: null });
      const { settledAt } = await detailOf(ledger, older);
      assert.ok(settledAt !== null && Math.abs(Date.parse(settledAt) - Date.now()) < 60_000);
      await assertStats(ledger, { handled: 1, obsolete: 1 });
    },
  },
  {
    name: "knows the newest handled revision however late an older one comes",
    run: async ({ open }) => {
      const ledger = await open();
      const longAgo = Date.now() - 25 * 86_400_000;
      await process(ledger, { ...inState("s", 5), occurredAt: longAgo + 1, receivedAt: longAgo + 1 });

      await assertVerdict(ledger, { ...inState("s", 4), occurredAt: longAgo }, obsolete(5));
    },
  },
  {
    name: "lets pass what is above the newest handled revision, from 0 up to the largest",
    run: async ({ open }) => {
      const ledger = await open();

      for (const revision of [0, 1, 7, Number.MAX_SAFE_INTEGER])
        await process(ledger, inState("s", revision));

      await assertVerdict(ledger, inState("s", 7 + 1), obsolete(Number.MAX_SAFE_INTEGER));
      await assertStats(ledger, { handled: 4, obsolete: 1 });
    },
  },
  {
    name: "lets a newer event that keeps failing hold back no older one",
    run: async ({ open }) => {
      const ledger = await open();
      const [older, newer] = [inState("s", 1), inState("s", 3)];
      await process(ledger, newer, retry("no answer"));

      await process(ledger, older);

      await process(ledger, newer);
      await assertRecord(ledger, older, { status: "handled", conflict: false });
      await assertRecord(ledger, newer, { status: "handled", attempts: 2, conflict: false });
    },
  },
  {
    name: "lets a dead letter hold back no older event",
    run: async ({ open }) => {
      const ledger = await open();
      await process(ledger, inState("s", 3), dead("gave up"));

      await assertVerdict(ledger, inState("s", 3), fresh);
      await process(ledger, inState("s", 2));

      await assertVerdict(ledger, inState("s", 1), obsolete(2));
    },
  },
  {
    name: "makes an event that is retried obsolete once a newer one has been handled",
    run: async ({ open }) => {
      const ledger = await open();
      const [older, newer] = [inState("s", 1), inState("s", 2)];
      await process(ledger, older, retry("no answer"));
      await process(ledger, newer);

      await assertVerdict(ledger, older, obsolete(2));

      // Its newest attempt failed, and the record goes on saying why.
      await assertRecord(ledger, older, { status: "obsolete", attempts: 1, error: "no answer" });
      assert.notEqual((await detailOf(ledger, older)).settledAt, null);
      await assertStats(ledger, { handled: 1, obsolete: 1 });
    },
  },
  {
    name: "makes an event that was lost in a crash obsolete if a newer one has been handled since",
    run: async ({ open }) => {
      const ledger = await open();
      const [older, newer] = [inState("s", 1), inState("s", 2)];
      await admitFresh(ledger, older);
      await process(ledger, newer);

      await assertVerdict(ledger, older, obsolete(2));
      // From now on it is known as obsolete, and no longer as under way.
      await assertVerdict(ledger, older, duplicate);
      await assertVerdict(ledger, replayOf(older), obsolete(2));

      await assertStats(ledger, { handled: 1, obsolete: 1 });
    },
  },
  {
    // The queue hands a copy out again if a worker dies before it acknowledges.
    name: "knows the copy that became obsolete in the place of a lost one, and does not count it as a repeat",
    run: async ({ open }) => {
      const ledger = await open();
      const [lost, newer] = [inState("s", 1), inState("s", 2)];
      await admitFresh(ledger, lost);
      await assertStats(ledger, { pending: 1 });
      await ledger.close();
      const reopened = await open();
      await process(reopened, newer);
      const repeat = repeatOf(lost);

      await assertVerdict(reopened, repeat, obsolete(2));
      await assertVerdict(reopened, repeat, duplicate);

      await assertRecord(reopened, lost, { status: "obsolete", deliveries: 1 });
      await assertStats(reopened, { handled: 1, obsolete: 1 });
    },
  },
  {
    name: "never makes an event obsolete that has no state or no revision",
    run: async ({ open }) => {
      const ledger = await open();
      await process(ledger, inState("s", 9));

      await process(ledger, inState("s", null));
      await process(ledger, inState(null, 9));
      await process(ledger, inState(null, 1));
      await process(ledger, inState(null, 1));
      await process(ledger, inState(null, null));

      await assertVerdict(ledger, inState("s", 8), obsolete(9));
      await assertStats(ledger, { handled: 6, obsolete: 1 });
    },
  },
  {
    name: "keeps states apart, also those of one entity",
    run: async ({ open }) => {
      const ledger = await open();
      const states = ["s", "S", "s ", "s\u001fa", "s\u001fb", "message:42", "é", "e\u0301"];

      for (const [index, state] of states.entries()) await process(ledger, inState(state, 100 - index));

      for (const [index, state] of states.entries()) {
        await assertVerdict(ledger, inState(state, 1), obsolete(100 - index));
      }
    },
  },
  {
    name: "keeps the newest handled revision when it is closed and opened again",
    run: async ({ open }) => {
      const ledger = await open();
      await process(ledger, inState("handled", 5));
      await process(ledger, inState("retried", 5), retry("no answer"));
      const [first, second] = [inState("late", 5), inState("late", 3)];
      await process(ledger, first, retry("no answer"));
      await process(ledger, second);
      await process(ledger, first);
      await ledger.close();

      const reopened = await open();

      await assertVerdict(reopened, inState("handled", 4), obsolete(5));
      await assertVerdict(reopened, inState("handled", 5), conflict);
      await assertVerdict(reopened, inState("retried", 4), fresh);
      await assertVerdict(reopened, inState("late", 4), obsolete(5));
    },
  },
  {
    name: "keeps a handled revision that failed in a replay, also when it is closed and opened again",
    run: async ({ open }) => {
      const ledger = await open();
      const message = inState("s", 5);
      await process(ledger, message);
      await process(ledger, replayOf(message), dead("gave up"));

      await assertVerdict(ledger, inState("s", 4), obsolete(5));
      await ledger.close();
      await assertVerdict(await open(), inState("s", 4), obsolete(5));
    },
  },
  {
    // A worker died with it; meanwhile a newer one was handled.
    name: "keeps one record of an event that was on its way and became obsolete",
    run: async ({ open }) => {
      const ledger = await open();
      const older = aMessage({ revision: 1 });
      const newer = aMessage({ revision: 2, entity: older.entity });
      await admitFresh(ledger, older);
      await process(ledger, newer);

      await assertVerdict(ledger, older, { kind: "obsolete", newest: 2 });

      // Longer than an engine may take to show what is on its way.
      await sleep(1_100);
      await assertStats(ledger, { handled: 1, obsolete: 1 });
      await assertRecord(ledger, older, { status: "obsolete", attempts: 0 });
      assert.equal((await ledger.timeline(older.entity, 10)).length, 2);
    },
  },
];
