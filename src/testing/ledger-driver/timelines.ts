import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import { aMessage } from "../builders.ts";
import { dead, idsOf, type LedgerCase, process, recordOf, repeatOf } from "./harness.ts";

const start = Date.now() - 60_000;
const entity = "message:42";

const received = (second: number, revision: number | null): Message =>
  aMessage({ entity, revision, receivedAt: start + second * 1_000 });

/** The story of one entity. */
export const timelineCases: readonly LedgerCase[] = [
  {
    name: "tells the events of an entity by revision, and equal revisions by receipt",
    run: async ({ open }) => {
      const ledger = await open();
      const [first, third] = [received(0, 1), received(1, 3)];
      const [second, conflict] = [received(2, 2), received(3, 3)];
      for (const message of [first, third]) await process(ledger, message);
      await ledger.admit([second]);
      await process(ledger, conflict, dead("gave up"));
      await process(ledger, aMessage({ entity: "message:43" }));

      const events = await ledger.timeline(entity, 10);

      const expected = [first, second, third, conflict];
      assert.deepEqual(events, await Promise.all(expected.map((message) => recordOf(ledger, message))));
      assert.deepEqual(
        events.map(({ status }) => status),
        ["handled", "obsolete", "handled", "dead"],
      );
    },
  },
  {
    // An event without a revision has no place in the sequence; such events come first, by receipt.
    name: "tells events without a revision by receipt",
    run: async ({ open }) => {
      const ledger = await open();
      const [early, late, counted] = [received(1, null), received(2, null), received(0, 0)];

      for (const message of [late, counted, early]) await process(ledger, message);

      assert.deepEqual(idsOf(await ledger.timeline(entity, 10)), idsOf([early, late, counted]));
    },
  },
  {
    name: "tells events that one delivery brought in their order",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = Array.from({ length: 5 }, () => received(0, null));

      for (const message of messages) await process(ledger, message);

      assert.deepEqual(idsOf(await ledger.timeline(entity, 10)), idsOf(messages));
    },
  },
  {
    name: "tells no more than the newest, if asked so",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = Array.from({ length: 10 }, (_, index) => received(index, index));
      for (const message of messages) await process(ledger, message);

      assert.deepEqual(idsOf(await ledger.timeline(entity, 4)), idsOf(messages.slice(6)));
      assert.deepEqual(idsOf(await ledger.timeline(entity, 10)), idsOf(messages));
    },
  },
  {
    name: "tells each event of an entity once, also after opening again",
    run: async ({ open }) => {
      const ledger = await open();
      const [first, second] = [received(0, 1), received(1, 2)];
      await process(ledger, first, dead("gave up"));
      await process(ledger, { ...first, copy: "another", replay: true });
      await ledger.admit([repeatOf(first)]);
      await ledger.close();

      const reopened = await open();
      await process(reopened, second);

      assert.deepEqual(idsOf(await reopened.timeline(entity, 10)), idsOf([first, second]));
      assert.deepEqual(await reopened.timeline("message:4", 10), []);
    },
  },
];
