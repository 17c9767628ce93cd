import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { collect, messages, textsOf } from "../../../testing/queue-driver/harness.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");

test.skipIf(!isThere)(
  "an answer to what a failover has lost does not remove what was sent after it and has the same number",
  async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
    await queue.send(messages("lost", 3));
    const [first, second, third] = await collect(queue, 3);
    await schema.query(`delete from ${schema.name}.message`);
    await schema.query(`alter sequence ${schema.name}.message_place restart`);
    await queue.send(messages("new", 3));

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
