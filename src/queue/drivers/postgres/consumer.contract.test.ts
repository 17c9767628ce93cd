import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { engineUrls, answers } from "../../../../test/support/servers/engines.ts";
import { blocksOf } from "../../../../test/support/markdown.ts";
import { type OwnSchema, ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { hasPython, python } from "../../../../test/support/servers/python.ts";
import { aMessage } from "../../../testing/builders.ts";
import { bytesOf } from "../../../testing/bytes.ts";
import { eventually } from "../../../testing/eventually.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = (await answers("postgres")) && hasPython("psycopg2");

describe.skipIf(!isThere)("a program of another language", () => {
  test("sees what an event is and its exact bytes, and finishes it", async () => {
    await using schema = ownSchema();
    await using user = ownUser(schema);
    const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
    const body = bytesOf('{"text" :  "é 🙂"}\r\n');
    const event = aMessage({ name: "message.read", entity: "message:7", revision: 4, body });
    await queue.send([event]);
    await user.grant();

    const consumer = spawn(python, ["examples/consumers/postgres.py", user.url, schema.name]);
    const lines = createInterface({ input: consumer.stdout });
    const [line] = (await Promise.race([once(lines, "line"), once(lines, "close")])) as [string?];

    expect(line).toBe(
      ["message.read", event.eventId, "message:7", "4", Buffer.from(body).toString("hex")].join(" "),
    );
    await eventually(async () => expect((await queue.depth()).messages).toBe(0));
    consumer.kill();
    await queue.close();
  });
});

/** A user who has the rights that the page names, and no others. */
function ownUser({ name: schema, query }: OwnSchema): AsyncDisposable & {
  readonly url: string;
  readonly grant: () => Promise<void>;
} {
  const name = `${schema}_consumer`;
  const url = new URL(engineUrls.postgres);
  [url.username, url.password] = [name, "secret"];
  const page = "docs/engines/postgres.md";
  const grants = blocksOf(readFileSync(page, "utf8"), page).find(({ text }) => text.startsWith("grant "));
  return {
    url: url.href,
    grant: async () => {
      await query(`create role ${name} login password 'secret'`);
      const rights = grants?.text.replaceAll("to consumer", `to ${name}`) ?? "";
      await query(rights.replaceAll(/hookwell(?=[. ])/g, schema));
    },
    [Symbol.asyncDispose]: async () => {
      await query(`drop owned by ${name}`);
      await query(`drop role ${name}`);
    },
  };
}
