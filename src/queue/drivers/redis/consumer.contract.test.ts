import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { engineUrls, answers } from "../../../../test/support/servers/engines.ts";
import { deleteRedisKeys } from "../../../../test/support/drivers/redis-harness.ts";
import { hasPython, python } from "../../../../test/support/servers/python.ts";
import { aMessage } from "../../../testing/builders.ts";
import { bytesOf } from "../../../testing/bytes.ts";
import { eventually } from "../../../testing/eventually.ts";
import { openRedisQueue } from "./queue.ts";

const isThere = (await answers("redis")) && hasPython("redis");

describe.skipIf(!isThere)("a program of another language", () => {
  test("sees what an event is and its exact bytes, and finishes it", async () => {
    const name = `test-${randomUUID()}`;
    const queue = await openRedisQueue(`${engineUrls.redis}?name=${name}`, { leaseMs: 30_000 });
    const body = bytesOf('{"text" :  "é 🙂"}\r\n');
    const event = aMessage({ name: "message.read", entity: "message:7", revision: 4, body });
    await queue.send([event]);

    const consumer = spawn(python, ["examples/consumers/redis_streams.py", engineUrls.redis, name]);
    const [line] = (await once(createInterface({ input: consumer.stdout }), "line")) as [string];

    const fields = [event.name, event.eventId, event.entity, "4"].map((field) => `b'${field}'`);
    const bytes = String.raw`b'{"text" :  "\xc3\xa9 \xf0\x9f\x99\x82"}\r\n'`;
    expect(line).toBe([...fields, bytes].join(" "));
    await eventually(async () => expect((await queue.depth()).messages).toBe(0));
    consumer.kill();
    await queue.close();
    await deleteRedisKeys(engineUrls.redis, name);
  });
});
