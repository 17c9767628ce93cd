import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { freePort } from "../../../../test/support/network/free-port.ts";
import { junction } from "../../../../test/support/network/junction.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, ownAll, takeOne, textsOf } from "../../../testing/queue-driver/harness.ts";
import type { Delivery, QueueDriver } from "../../driver.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");

test.skipIf(!isThere)(
  "an answer to what a failover has lost does not remove what was sent after it and has the same number",
  async () => {
    await using schema = ownSchema();
    const server = new URL(schema.url);
    const port = Number(server.port);
    await using way = await junction(port);
    server.port = String(way.port);
    const queue = await openPostgresQueue(server.href, { leaseMs: 30_000 });
    await ownAll(queue);
    await queue.send(messages("lost", 3));
    const [first, second, third] = await collect(queue, 3);
    await schema.query(`delete from ${schema.name}.message`);
    await schema.query(`alter sequence ${schema.name}.message_place restart`);
    way.lead(Number(await freePort()));
    await queue.depth().catch(String);
    way.lead(port);
    await eventually(() => queue.send(messages("new", 3)));

    await queue.ack(first === undefined ? [] : [first]);
    const handedOut = await collect(queue, 3);
    await queue.ack(second === undefined ? [] : [second]);
    if (third !== undefined) await queue.retry(third, { delayMs: 0, attempt: third.attempt });

    expect(textsOf(handedOut)).toEqual(["new 0", "new 1", "new 2"]);
    expect((await queue.depth()).messages).toBe(3);
    expect(await queue.receive(3, AbortSignal.timeout(200))).toEqual([]);
    await queue.close();
  },
);

const asks = (queue: QueueDriver): Promise<unknown> => queue.depth().catch(String);
const acknowledges = (queue: QueueDriver, delivery: Delivery): Promise<void> => queue.ack([delivery]);
const retries = (queue: QueueDriver, delivery: Delivery): Promise<void> =>
  queue.retry(delivery, { delayMs: 60_000, attempt: 2 });

test.skipIf(!isThere).for([
  ["acknowledged, by who asks meanwhile", acknowledges, asks],
  ["acknowledged, by who asks for nothing meanwhile", acknowledges, () => sleep(200)],
  ["sent back, by who asks meanwhile", retries, asks],
] as const)(
  "what a failover brings back that was answered is handed out again at once, and not when a lease is over: what was %s",
  async ([, answer, meanwhile]) => {
    await using schema = ownSchema();
    const { name } = schema;
    const server = new URL(schema.url);
    await using way = await junction(Number(server.port));
    server.port = String(way.port);
    const queue = await openPostgresQueue(server.href, { leaseMs: 30_000 });
    await ownAll(queue);
    await queue.send(messages("message", 1));
    const delivery = await takeOne(queue);
    await schema.query(`create table ${name}.standby as select * from ${name}.message`);
    await answer(queue, delivery);

    way.lead(Number(await freePort()));
    await meanwhile(queue);
    await schema.query(`delete from ${name}.message`);
    await schema.query(`insert into ${name}.message select * from ${name}.standby`);
    way.lead(Number(new URL(schema.url).port));
    await eventually(() => queue.depth());

    expect(textsOf(await collect(queue, 1))).toEqual(["message 0"]);
    await queue.close();
  },
);

test.skipIf(!isThere)(
  "what one had, lost, and was handed again without hearing of it is handed out at once, and not when a lease is over",
  async () => {
    await using schema = ownSchema();
    const { name } = schema;
    const server = new URL(schema.url);
    const port = Number(server.port);
    await using way = await junction(port);
    server.port = String(way.port);
    const queue = await openPostgresQueue(server.href, { leaseMs: 30_000 });
    await ownAll(queue);
    await queue.send(messages("message", 1));
    await takeOne(queue);
    await queue.own([]);
    await ownAll(queue);

    await schema.query(
      `update ${name}.message set waiting = false, owner = consumer.id, ready_at = now() + interval '30 s' from ${name}.consumer`,
    );
    way.lead(Number(await freePort()));
    await asks(queue);
    way.lead(port);
    await eventually(() => queue.depth());

    expect(textsOf(await collect(queue, 1))).toEqual(["message 0"]);
    await queue.close();
  },
);
