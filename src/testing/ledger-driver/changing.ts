import assert from "node:assert/strict";
import type { Change } from "../../ledger/record.ts";
import { aMessage } from "../builders.ts";
import {
  changesAfter,
  dead,
  idsOf,
  type LedgerCase,
  process,
  recordOf,
  replayOf,
  repeatOf,
  retry,
} from "./harness.ts";

const recordsOf = (changes: readonly Change[]) => changes.map(({ record }) => record);

/**
 * A reader that remembers the id of the last change it saw misses nothing. Settled, obsolete and retried events and
 * announced replays are changes; whether a counted repeat or an event that has only been admitted is one is left open.
 */
export const changingCases: readonly LedgerCase[] = [
  {
    name: "tells what was written, in order",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = [aMessage({ revision: 2 }), aMessage(), aMessage()] as const;
      const older = aMessage({ revision: 1, entity: messages[0].entity });
      await process(ledger, messages[0]);
      await process(ledger, messages[1], retry("no answer"));
      await process(ledger, messages[2], dead("gave up"));
      await ledger.admit([older]);

      const changes = await changesAfter(ledger, 0);

      const expected = await Promise.all([...messages, older].map((message) => recordOf(ledger, message)));
      assert.deepEqual(recordsOf(changes), expected);
      assert.equal(await ledger.latestChange(), changes.at(-1)?.id);
    },
  },
  {
    name: "tells the first that were written, in order, whatever the times of receipt",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = [40, 0, 20, 1].map((days) => aMessage({ receivedAt: Date.now() - days * 86_400_000 }));
      for (const message of messages) await process(ledger, message);

      const changes = await ledger.changes(0, 3);

      assert.deepEqual(idsOf(recordsOf(changes)), idsOf(messages.slice(0, 3)));
    },
  },
  {
    name: "tells only what was written after the change that a reader knows",
    run: async ({ open }) => {
      const ledger = await open();
      const [before, after] = [aMessage(), aMessage()];
      await process(ledger, before);
      const known = await ledger.latestChange();
      assert.deepEqual(await ledger.changes(known, 10), []);

      await process(ledger, after);

      assert.deepEqual(idsOf(recordsOf(await changesAfter(ledger, known))), idsOf([after]));
      assert.ok((await ledger.latestChange()) > known);
    },
  },
  {
    name: "tells an event that changed several times once, as it is now, at its newest place",
    run: async ({ open }) => {
      const ledger = await open();
      const [changing, other] = [aMessage(), aMessage()];
      await process(ledger, changing, retry("no answer"));
      await process(ledger, other);
      const known = await ledger.latestChange();
      await process(ledger, changing, dead("gave up"));
      const failed = await ledger.latestChange();
      const replay = replayOf(changing);
      await ledger.reopen(changing.eventId, replay.copy);

      const announced = await changesAfter(ledger, failed);
      await process(ledger, replay);

      assert.deepEqual(
        recordsOf(announced).map(({ eventId, status }) => [eventId, status]),
        [[changing.eventId, "pending"]],
      );
      const now = [await recordOf(ledger, other), await recordOf(ledger, changing)];
      assert.deepEqual(recordsOf(await changesAfter(ledger, 0)), now);
      assert.deepEqual(recordsOf(await changesAfter(ledger, known)), now.slice(1));
    },
  },
  {
    name: "tells what was written before it was closed, and never gives an id twice",
    run: async ({ open }) => {
      const ledger = await open();
      const [before, after] = [aMessage(), aMessage()];
      await process(ledger, before);
      const known = await ledger.latestChange();
      await ledger.close();

      const reopened = await open();
      assert.ok((await reopened.latestChange()) >= known);
      await process(reopened, after);

      assert.deepEqual(idsOf(recordsOf(await changesAfter(reopened, 0))), idsOf([before, after]));
      assert.deepEqual(idsOf(recordsOf(await changesAfter(reopened, known))), idsOf([after]));
    },
  },
  {
    name: "tells the newest state of an event whose repeats are counted",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await process(ledger, message);
      const known = await ledger.latestChange();
      await ledger.admit([repeatOf(message)]);

      const record = await recordOf(ledger, message);
      assert.equal(record.deliveries, 2);
      for (const after of [0, known])
        assert.deepEqual(recordsOf(await changesAfter(ledger, after)), [record]);
    },
  },
  {
    name: "tells nothing when nothing was written",
    run: async ({ open }) => {
      const ledger = await open();

      assert.deepEqual(await ledger.changes(0, 10), []);
      assert.equal(await ledger.latestChange(), 0);
    },
  },
  {
    name: "gives no change the number of an earlier one, even if that event was removed",
    run: async ({ open }) => {
      const ledger = await open();
      const [failed, old] = [aMessage(), aMessage({ receivedAt: 1_000 })];
      await process(ledger, old);
      await process(ledger, failed, dead("gave up"));
      const known = await ledger.latestChange();
      await ledger.removeDead(failed.eventId);
      await ledger.prune(2_000);
      await ledger.close();

      const reopened = await open();
      const next = aMessage();
      await process(reopened, next);

      const changes = await reopened.changes(known, 10);
      assert.deepEqual(
        changes.map(({ record }) => record.eventId),
        [next.eventId],
      );
    },
  },
];
