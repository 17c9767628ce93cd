import assert from "node:assert/strict";
import { cutOff } from "../../ledger/driver.ts";
import { aMessage } from "../builders.ts";
import {
  admitFresh,
  assertRecord,
  dead,
  detailOf,
  handled,
  type LedgerCase,
  process,
  replayOf,
  retry,
  settled,
  verdictOf,
} from "./harness.ts";

/** How often a handler ran, and how each run ended; also of one that was written down before it began. */
export const attemptCases: readonly LedgerCase[] = [
  {
    name: "counts the attempts that it knows of, and says so when it admits",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();

      const first = await verdictOf(ledger, message);
      await process(ledger, message, retry("no answer"));
      const second = await verdictOf(ledger, message);

      assert.deepEqual(first, { kind: "fresh", conflict: false, attempts: 0, isCutOff: false });
      assert.deepEqual(second, { kind: "fresh", conflict: false, attempts: 1, isCutOff: false });
    },
  },
  {
    name: "counts a run that began and never ended as a failed attempt",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await admitFresh(ledger, message);
      await ledger.begin(message, 1_000);
      await ledger.close();

      const reopened = await open();
      const verdict = await verdictOf(reopened, message);

      assert.deepEqual(verdict, { kind: "fresh", conflict: false, attempts: 1, isCutOff: true });
      await assertRecord(reopened, message, { status: "pending", attempts: 1, error: cutOff });
      const { attemptLog } = await detailOf(reopened, message);
      const at = new Date(1_000).toISOString();
      assert.deepEqual(attemptLog, [
        { attempt: 1, startedAt: at, endedAt: at, outcome: "failed", error: cutOff },
      ]);
    },
  },
  {
    name: "counts a run that began and ended once, as what it ended with",
    run: async ({ open }) => {
      const ledger = await open();
      const [good, bad] = [aMessage(), aMessage()];
      for (const message of [good, bad]) {
        await admitFresh(ledger, message);
        await ledger.begin(message, 1_000);
      }
      const times = { conflict: false, startedAt: 1_000, endedAt: 2_000 };

      await ledger.settle([
        { message: good, outcome: handled, ...times },
        { message: bad, outcome: dead("gave up"), ...times },
      ]);

      await assertRecord(ledger, good, { status: "handled", attempts: 1, error: null });
      await assertRecord(ledger, bad, { status: "dead", attempts: 1, error: "gave up" });
      const logs = [await detailOf(ledger, good), await detailOf(ledger, bad)].map(({ attemptLog }) =>
        attemptLog.map(({ attempt, outcome, error }) => [attempt, outcome, error]),
      );
      assert.deepEqual(logs, [[[1, "handled", null]], [[1, "failed", "gave up"]]]);
    },
  },
  {
    name: "counts every run that was cut off, and the one that succeeds in the end",
    run: async ({ open }) => {
      const message = aMessage();
      for (const attempts of [0, 1, 2]) {
        const ledger = await open();
        const isCutOff = attempts > 0;
        const expected = { kind: "fresh", conflict: false, attempts, isCutOff };
        assert.deepEqual(await verdictOf(ledger, message), expected);
        await ledger.begin(message, 1_000);
        await ledger.close();
      }

      const ledger = await open();
      await process(ledger, message);

      await assertRecord(ledger, message, { status: "handled", attempts: 4, error: null });
      const { attemptLog } = await detailOf(ledger, message);
      assert.deepEqual(
        attemptLog.map(({ attempt, outcome }) => [attempt, outcome]),
        [
          [1, "failed"],
          [2, "failed"],
          [3, "failed"],
          [4, "handled"],
        ],
      );
    },
  },
  {
    name: "counts every run that was cut off also in a process that goes on, to which its queue hands it out again",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      for (const attempts of [0, 1, 2]) {
        const isCutOff = attempts > 0;
        const expected = { kind: "fresh", conflict: false, attempts, isCutOff };
        assert.deepEqual(await verdictOf(ledger, message), expected);
        await ledger.begin(message, 1_000);
      }

      await process(ledger, message);

      await assertRecord(ledger, message, { status: "handled", attempts: 4, error: null });
    },
  },
  {
    // The answer to the first call was lost.
    name: "counts a start that is written down twice once",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await admitFresh(ledger, message);

      await ledger.begin(message, 1_000);
      await ledger.begin(message, 1_000);

      await assertRecord(ledger, message, { status: "pending", attempts: 1, error: cutOff });
      await ledger.settle([settled(message)]);
      await assertRecord(ledger, message, { status: "handled", attempts: 1, error: null });
    },
  },
  {
    name: "settles a replay whose start was written down",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await process(ledger, message, dead("gave up"));
      const replay = replayOf(message);
      await admitFresh(ledger, replay);

      await ledger.begin(replay, 1_000);
      await assertRecord(ledger, message, { status: "pending", settledAt: null, attempts: 2, error: cutOff });
      await ledger.settle([settled(replay)]);

      await assertRecord(ledger, message, { status: "handled", attempts: 2, error: null });
    },
  },
  {
    name: "tells each attempt of an event that was handled more than once as what it was",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await process(ledger, message);
      await process(ledger, replayOf(message));
      await process(ledger, replayOf(message), dead("gave up"));

      const before = await detailOf(ledger, message);
      await process(ledger, replayOf(message));
      const after = await detailOf(ledger, message);

      const outcomes = [before, after].map(({ attemptLog }) =>
        attemptLog.map(({ attempt, outcome, error }) => [attempt, outcome, error]),
      );
      const three = [
        [1, "handled", null],
        [2, "handled", null],
        [3, "failed", "gave up"],
      ];
      assert.deepEqual(outcomes, [three, [...three, [4, "handled", null]]]);
    },
  },
];
