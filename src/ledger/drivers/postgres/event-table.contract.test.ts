import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { dead, process, replayOf, settled } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");
const dayMs = 86_400_000;

describe.skipIf(!isThere)("a replay", () => {
  test("of an event that was handled twice, since it came again after weeks, leaves the older row as it is", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    // Of one with a time its repeat would be known.
    const older = aMessage({ occurredAt: null, receivedAt: Date.now() - 20 * dayMs });
    const newer = { ...replayOf(older), receivedAt: Date.now(), replay: false };
    await process(ledger, older, dead("gave up"));
    await process(ledger, newer, dead("gave up again"));
    expect(await ledger.get(newer.eventId)).toMatchObject({ error: "gave up again" });
    expect(await ledger.message(newer.eventId)).toMatchObject({ receivedAt: newer.receivedAt });

    const replay = replayOf(newer);
    await ledger.reopen(replay.eventId, replay.copy);
    await process(ledger, replay);

    expect((await ledger.stats()).events).toMatchObject({ dead: 1, handled: 1, pending: 0 });
    await ledger.close();
  });

  test("is read and announced together with others, in a few questions to a server that may be far away", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const messages = Array.from({ length: 300 }, () => aMessage());
    await ledger.admit(messages);
    await ledger.settle(messages.map((message) => settled(message, dead("gave up"))));
    const query = vi.spyOn(Client.prototype, "query");

    const read = await Promise.all(messages.map(({ eventId }) => ledger.message(eventId)));
    await Promise.all(messages.map(({ eventId }) => ledger.reopen(eventId, replayOf(aMessage()).copy)));

    expect(query.mock.calls.length).toBeLessThan(100);
    query.mockRestore();
    expect(read).toEqual(messages.map((message) => ({ ...message, body: Buffer.from(message.body) })));
    expect((await ledger.stats()).events).toMatchObject({ dead: 0, pending: 300 });
    await ledger.close();
  });

  test("that is about to be handled, so that its row is locked, keeps no others waiting", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const [locked, other] = [aMessage(), aMessage()];
    await process(ledger, locked, dead("gave up"));
    await process(ledger, other, dead("gave up"));
    const worker = await schema.connect();
    await worker.query("begin");
    await worker.query(`select from ${schema.name}.event where event_id = $1 for update`, [locked.eventId]);

    const reopening = [locked, other].map((message) =>
      ledger.reopen(message.eventId, replayOf(message).copy),
    );
    const outcomes = await Promise.allSettled(reopening);
    await worker.end();

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(await ledger.get(other.eventId)).toMatchObject({ status: "pending" });
    await ledger.close();
  });
});
