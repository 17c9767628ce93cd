import { Client } from "pg";
import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, never, takeOne, textOf, textsOf } from "../../../testing/queue-driver/harness.ts";
import { allShards } from "../../driver.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");
const options = { leaseMs: 30_000 };

test.skipIf(!isThere)("what a worker acknowledges after its shards went to another is gone", async () => {
  await using schema = ownSchema();
  const [before, next] = [
    await openPostgresQueue(schema.url, options),
    await openPostgresQueue(schema.url, options),
  ];
  await before.own(allShards);
  await before.send(messages("message", 1));
  const delivery = await takeOne(before);
  await next.own(allShards);

  await before.ack([delivery]);

  expect((await next.depth()).messages).toBe(0);
  expect(await next.receive(1, AbortSignal.timeout(300))).toEqual([]);
  await Promise.all([before.close(), next.close()]);
});

test.skipIf(!isThere)(
  "what failed stays behind what was sent before that, also if it is sent back",
  async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, options);
    await queue.own(allShards);
    await queue.send(messages("message", 3));
    const [failed, ...others] = await queue.receive(3, never);
    if (failed === undefined) throw new Error("Nothing was handed out.");
    await queue.retry(failed, { delayMs: 0, attempt: 2 });
    const again = await takeOne(queue);

    for (const early of [...others, again]) await queue.retry(early, { delayMs: 0, attempt: early.attempt });

    const order: string[] = [];
    for (let place = 0; place < 3; place += 1) order.push(textOf(await takeOne(queue)));
    expect(order).toEqual(["message 1", "message 2", "message 0"]);
    await queue.close();
  },
);

test.skipIf(!isThere)("answers that wait for rows hold up nobody who takes them in their order", async () => {
  await using schema = ownSchema();
  const queue = await openPostgresQueue(schema.url, options);
  await queue.own(allShards);
  await queue.send(messages("message", 2));
  const deliveries = await collect(queue, 2);
  const [first, second] = await schema.query(`select id from ${schema.name}.message order by id`);
  const other = new Client({ connectionString: engineUrls.postgres });
  await other.connect();
  const lock = `select from ${schema.name}.message where id = $1 for update`;
  await other.query("begin");
  await other.query(lock, [first?.["id"]]);

  // Both in one question to the server, the last one first.
  const returns = deliveries
    .toReversed()
    .map((each) => queue.retry(each, { delayMs: 0, attempt: each.attempt }));
  const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";
  await eventually(async () => expect(await schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1));
  await other.query(lock, [second?.["id"]]);

  await other.query("commit");
  await Promise.all(returns);
  expect(textsOf(await collect(queue, 2))).toEqual(["message 0", "message 1"]);
  await other.end();
  await queue.close();
});

test.skipIf(!isThere)(
  "the leases of others are extended while somebody has one of the messages",
  async () => {
    await using schema = ownSchema();
    await using open = new AsyncDisposableStack();
    const queue = await openPostgresQueue(schema.url, options);
    open.defer(() => queue.close());
    await queue.own(allShards);
    await queue.send(messages("message", 2));
    const deliveries = await collect(queue, 2);
    const leases = (): Promise<readonly Record<string, unknown>[]> =>
      schema.query(`select ready_at::text from ${schema.name}.message order by id`);
    const before = await leases();
    const other = new Client({ connectionString: engineUrls.postgres });
    await other.connect();
    open.defer(() => other.end());
    await other.query("begin");
    await other.query(`select from ${schema.name}.message order by id limit 1 for update`);

    await queue.extend(deliveries);

    const after = await leases();
    expect([after[0], after[1]]).toEqual([before[0], expect.not.objectContaining(before[1] ?? {})]);
  },
);
