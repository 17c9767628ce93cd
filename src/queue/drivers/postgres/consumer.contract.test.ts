import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { engineUrls, answers } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { hasPython, python } from "../../../../test/support/python.ts";
import { aMessage } from "../../../testing/builders.ts";
import { bytesOf } from "../../../testing/bytes.ts";
import { eventually } from "../../../testing/eventually.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = (await answers("postgres")) && hasPython("psycopg2");

describe.skipIf(!isThere)("a program of another language", () => {
  test("sees what an event is and its exact bytes, and finishes it", async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
    const body = bytesOf('{"text" :  "é 🙂"}\r\n');
    const event = aMessage({ name: "message.read", entity: "message:7", revision: 4, body });
    await queue.send([event]);

    const consumer = spawn(python, ["examples/consumers/postgres.py", engineUrls.postgres, schema.name]);
    const [line] = (await once(createInterface({ input: consumer.stdout }), "line")) as [string];

    expect(line).toBe(
      ["message.read", event.eventId, "message:7", "4", Buffer.from(body).toString("hex")].join(" "),
    );
    await eventually(async () => expect((await queue.depth()).messages).toBe(0));
    consumer.kill();
    await queue.close();
  });
});
