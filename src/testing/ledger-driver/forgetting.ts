import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Message } from "../../event/message.ts";
import type { LedgerDriver } from "../../ledger/driver.ts";
import { aMessage } from "../builders.ts";
import {
  admitFresh,
  assertRecord,
  assertStats,
  assertVerdict,
  dead,
  duplicate,
  idsOf,
  type LedgerCase,
  process,
  repeatOf,
  retry,
  walk,
} from "./harness.ts";

const dayMs = 86_400_000;
const before = Date.now() - 30 * dayMs;

async function assertForgotten(ledger: LedgerDriver, message: Message): Promise<void> {
  const { eventId, entity } = message;
  assert.equal(await ledger.get(eventId), undefined);
  assert.equal(await ledger.message(eventId), undefined);
  assert.ok(!idsOf(await walk(ledger, {}, 100)).includes(eventId));
  assert.ok(!idsOf(await ledger.timeline(entity, 100)).includes(eventId));
  assert.ok(!idsOf((await ledger.changes(0, 1_000)).map(({ record }) => record)).includes(eventId));
}

/** What a ledger forgets, and only when told so. Whether a forgotten event would be fresh again is left open. */
export const forgettingCases: readonly LedgerCase[] = [
  {
    name: "removes a dead letter for good, and nothing else",
    run: async ({ open }) => {
      const ledger = await open();
      const [failed, kept, done, retrying] = [aMessage(), aMessage(), aMessage(), aMessage()];
      await process(ledger, failed, dead("gave up"));
      await process(ledger, kept, dead("gave up"));
      await process(ledger, done);
      await process(ledger, retrying, retry("no answer"));

      assert.equal(await ledger.removeDead(failed.eventId), true);
      assert.equal(await ledger.removeDead(failed.eventId), false);
      assert.equal(await ledger.removeDead(done.eventId), false);
      assert.equal(await ledger.removeDead(retrying.eventId), false);
      assert.equal(await ledger.removeDead(aMessage().eventId), false);

      await assertForgotten(ledger, failed);
      await assertStats(ledger, { dead: 1, handled: 1, retrying: 1 });
      await ledger.close();
      const reopened = await open();
      await assertForgotten(reopened, failed);
      await assertRecord(reopened, kept, { status: "dead" });
      await assertStats(reopened, { dead: 1, handled: 1, retrying: 1 });
    },
  },
  {
    name: "removes no dead letter whose replay is on its way",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await process(ledger, message, dead("gave up"));
      await ledger.reopen(message.eventId, randomUUID());

      assert.equal(await ledger.removeDead(message.eventId), false);

      await assertRecord(ledger, message, { status: "pending" });
    },
  },
  {
    name: "forgets handled and obsolete events received before a time",
    run: async ({ open }) => {
      const ledger = await open();
      const old = { receivedAt: before - 1 };
      const [handled, obsolete] = [
        aMessage({ ...old, revision: 2 }),
        aMessage({ ...old, revision: 1, state: "s" }),
      ];
      const young = aMessage({ receivedAt: before });
      await process(ledger, handled);
      await process(ledger, aMessage({ ...old, revision: 3, state: "s" }));
      await ledger.admit([obsolete]);
      await process(ledger, young);

      const forgotten = await ledger.prune(before);

      assert.equal(forgotten, 3);
      await assertForgotten(ledger, handled);
      await assertForgotten(ledger, obsolete);
      await assertRecord(ledger, young, { status: "handled" });
      await assertStats(ledger, { handled: 1 });
      assert.equal(await ledger.prune(before), 0);
      await ledger.close();
      const reopened = await open();
      await assertForgotten(reopened, handled);
      await assertStats(reopened, { handled: 1 });
    },
  },
  {
    name: "keeps old events that are not settled, or are dead letters, as they are",
    run: async ({ open }) => {
      const ledger = await open();
      const old = (): Message => aMessage({ receivedAt: before - dayMs });
      const [failed, retrying, admitted, replayed] = [old(), old(), old(), old()] as const;
      await process(ledger, failed, dead("gave up"));
      await process(ledger, retrying, retry("no answer"));
      await admitFresh(ledger, admitted);
      await process(ledger, replayed);
      await ledger.reopen(replayed.eventId, randomUUID());
      await process(ledger, old());

      assert.equal(await ledger.prune(before), 1);

      await assertStats(ledger, { dead: 1, retrying: 1, pending: 2 });
      await assertRecord(ledger, failed, { status: "dead", attempts: 1, error: "gave up" });
      await assertRecord(ledger, retrying, { status: "retrying", attempts: 1 });
      await assertRecord(ledger, replayed, { status: "pending", attempts: 1 });
      const message = await ledger.message(failed.eventId);
      assert.equal(message?.entity, failed.entity);
      assert.deepEqual(Buffer.from(message.body), Buffer.from(failed.body));
      assert.deepEqual(idsOf(await ledger.timeline(retrying.entity, 10)), idsOf([retrying]));
      await assertVerdict(ledger, repeatOf(failed), duplicate);
      await process(ledger, retrying);
      await process(ledger, admitted);
      await assertStats(ledger, { dead: 1, pending: 1, handled: 2, duplicates: 1 });
    },
  },
  {
    name: "goes on counting duplicates when it forgets what they repeated",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage({ receivedAt: before - 1 });
      await process(ledger, message);
      await ledger.admit([repeatOf(message)]);

      await ledger.prune(before);

      await assertStats(ledger, { duplicates: 1 });
    },
  },
];
