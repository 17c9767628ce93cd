import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { settled, verdictOf } from "../../../testing/ledger-driver/harness.ts";
import type { LedgerDriver } from "../../driver.ts";
import { together } from "../../../../test/support/ledger/shared-ledger.ts";

const isThere = await answers("postgres");
const shards = 16;

describe.skipIf(!isThere)("workers that share a ledger", () => {
  test("do not take for under way what they could not settle, when the shard is theirs again unnoticed", async () => {
    await using all = await together(1);
    const [ledger] = all.ledgers as [LedgerDriver];
    await ledger.share(shards);
    const message = aMessage();
    expect(await verdictOf(ledger, message)).toMatchObject({ kind: "fresh" });
    // As on a standby that has not heard of our share yet, and knows neither event nor message.
    const { name } = all.schema;
    const owners = await all.schema.query(`select owner from ${name}.shard limit 1`);
    await all.schema.query(`update ${name}.shard set owner = $1`, [randomUUID()]);
    expect(await ledger.settle([settled(message)])).toHaveLength(1);
    await all.schema.query(`update ${name}.shard set owner = $1`, [owners[0]?.["owner"]]);

    const repeat = { ...message, copy: "sent again" };

    expect(await verdictOf(ledger, repeat)).toMatchObject({ kind: "fresh" });
    expect(await ledger.settle([settled(repeat)])).toEqual([]);
    expect(await ledger.get(message.eventId)).toMatchObject({ status: "handled" });
  });

  test("do not remember what was under way in a shard that comes back to them at once", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    const message = aMessage();
    const shard = shardOf(message, shards);
    await verdictOf(first, message);
    await first.release([shard]);
    expect((await second.share(shards)).owned).toEqual([shard]);
    await verdictOf(second, message);
    await second.settle([settled(message)]);
    await second.close();
    expect((await first.share(shards)).owned).toContain(shard);

    expect(await verdictOf(first, message)).toEqual({ kind: "duplicate" });
    expect(await verdictOf(first, { ...message, copy: "again", replay: true })).toMatchObject({
      kind: "fresh",
    });
  });

  test("who has left a shard gives back what was under way in it, and settles nothing of that", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    const message = aMessage();
    const kept = aMessage({ entity: entityOutside([message]) });
    await first.admit([message, kept]);
    await first.release([shardOf(message, shards)]);
    await second.share(shards);

    const elsewhere = await first.settle([settled(message), settled(kept)]);

    expect(elsewhere.map((settlement) => settlement.message)).toEqual([message]);
    expect(await verdictOf(second, message)).toMatchObject({ kind: "fresh" });
    expect(await first.get(kept.eventId)).toMatchObject({ status: "handled" });
  });

  test("who lost a shard neither admits its events, nor begins nor settles them", async () => {
    await using all = await together(2);
    const [hung, other] = all.ledgers as [LedgerDriver, LedgerDriver];
    await hung.share(shards);
    await other.share(shards);
    const [lost, later] = [aMessage(), aMessage()];
    const kept = aMessage({ entity: entityOutside([lost, later]) });
    expect((await hung.admit([lost, kept])).map(({ kind }) => kind)).toEqual(["fresh", "fresh"]);
    await all.schema.query(`update ${all.schema.name}.shard set owner = $1 where shard = any($2)`, [
      randomUUID(),
      [shardOf(lost, shards), shardOf(later, shards)],
    ]);

    await hung.begin(lost, 1);
    const elsewhere = await hung.settle([settled(lost), settled(kept)]);

    expect(elsewhere.map(({ message }) => message)).toEqual([lost]);
    expect(await other.get(lost.eventId)).toBeUndefined();
    expect(await other.get(kept.eventId)).toMatchObject({ status: "handled" });
    expect(await verdictOf(hung, later)).toEqual({ kind: "elsewhere" });
  });

  test("nobody has the shard of an event that is being settled, before that is written down", async () => {
    await using all = await together(2);
    const [hung, other] = all.ledgers as [LedgerDriver, LedgerDriver];
    const { name } = all.schema;
    await hung.share(shards);
    const message = aMessage();
    await hung.admit([message]);
    const blocker = await all.schema.connect();
    await blocker.query(`begin; lock table ${name}.event in exclusive mode`);
    const settling = hung.settle([settled(message)]);
    await eventually(async () =>
      expect(
        await all.schema.query(
          `select from pg_locks where not granted and relation = '${name}.event'::regclass`,
        ),
      ).toHaveLength(1),
    );
    await all.schema.query(`update ${name}.worker set missed_at = now() - interval '4 s'`);

    const { owned } = await other.share(shards);
    await blocker.end();
    const elsewhere = await settling;

    expect(owned).toHaveLength(15);
    expect(owned).not.toContain(shardOf(message, shards));
    expect(elsewhere).toEqual([]);
    expect((await other.share(shards)).owned).toHaveLength(16);
    expect(await verdictOf(other, message)).toEqual({ kind: "duplicate" });
  });

  test("an event that one of them handled is a duplicate for all, and its revision counts for all", async () => {
    await using all = await together(2);
    const [one, other] = all.ledgers as [LedgerDriver, LedgerDriver];
    await one.share(1);
    const message = aMessage({ revision: 2 });
    await one.admit([message]);
    await one.settle([settled(message)]);
    await one.close();
    await other.share(1);

    const repeat = { ...message, copy: randomUUID() };
    const older = aMessage({ revision: 1, entity: message.entity });

    expect(await verdictOf(other, repeat)).toEqual({ kind: "duplicate" });
    expect(await verdictOf(other, older)).toEqual({ kind: "obsolete", newest: 2 });
  });
});

/** An entity whose events are in the shard of none of these. */
function entityOutside(messages: readonly Message[]): string {
  const taken = new Set(messages.map((message) => shardOf(message, shards)));
  for (;;) {
    const message = aMessage();
    if (!taken.has(shardOf(message, shards))) return message.entity;
  }
}
