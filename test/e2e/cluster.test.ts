import { expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { answers } from "../support/servers/engines.ts";
import { readJournal, StartFailure, startProgram, type Program } from "../support/program/process.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";
import { RedisServer } from "../support/servers/redis-server.ts";
import { tempFolder } from "../support/temp-folder.ts";

const isThere = (await answers("postgres")) && (await answers("redis"));
const world = { random: seededRandom(37), now: Date.now };
const events = (count: number) => Array.from({ length: count }, () => freshEvent("message.sent", world));

const handledIn = async (folder: string): Promise<readonly string[]> =>
  (await readJournal(folder)).flatMap((entry) => (entry.kind === "handled" ? entry.eventId : []));

async function spilled({ url }: Program): Promise<number> {
  const page = await (await fetch(new URL("/metrics", url))).text();
  return Number(/^hookwell_queue_spilled_messages (\d+)$/m.exec(page)?.[1]);
}

test.skipIf(!isThere)(
  "workers with nothing in common but a server divide the events, and each shows the same history",
  async () => {
    await using schema = ownSchema();
    await using folders = {
      receiver: await tempFolder(),
      one: await tempFolder(),
      other: await tempFolder(),
      [Symbol.asyncDispose]: async () => {
        for (const folder of [folders.receiver, folders.one, folders.other])
          await folder[Symbol.asyncDispose]();
      },
    };
    const env = { HOOKWELL_QUEUE: schema.url, HOOKWELL_LEDGER: schema.url };
    await using receiver = await startProgram({ folder: folders.receiver.path, parts: "receive", env });
    await using one = await startProgram({ folder: folders.one.path, parts: "process", env });
    await using other = await startProgram({ folder: folders.other.path, parts: "process", env });
    // Those whose shards are on their way to the other have fewer.
    const owned = `select count(*)::int as shards from ${schema.name}.shard group by owner`;
    await eventually(async () => expect(await schema.query(owned)).toEqual([{ shards: 8 }, { shards: 8 }]));

    const sent = events(60);
    expect((await receiver.send(sent)).json).toEqual({ accepted: 60 });
    await one.settled();

    const shares = [await handledIn(folders.one.path), await handledIn(folders.other.path)];
    expect(shares.flat().toSorted()).toEqual(sent.map(({ eventId }) => eventId).toSorted());
    for (const share of shares) expect(share.length).toBeGreaterThan(5);
    expect([...(await other.events()).keys()]).toEqual([...(await one.events()).keys()]);
    expect(await one.stats()).toMatchObject({ events: { handled: 60 }, queue: { depth: 0 } });
    const eventId = sent[0]?.eventId ?? "";
    await other.api(`/events/${eventId}/replay`, { method: "POST" });
    await eventually(async () => expect((await one.event(eventId))?.attempts).toBe(2));
  },
);

test.skipIf(!isThere)(
  "a receiver whose server is away keeps events on its disk, through its own death, and forwards them",
  async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    await using schema = ownSchema();
    await using folder = await tempFolder();
    await using workers = await tempFolder();
    const env = { HOOKWELL_QUEUE: server.url, HOOKWELL_LEDGER: schema.url };
    const options = { folder: folder.path, parts: "receive", env } as const;
    const first = await startProgram(options);
    await server.stop();

    const sent = events(20);
    expect((await first.send(sent.slice(0, 10))).json).toEqual({ accepted: 10 });
    expect(await spilled(first)).toBe(10);
    await first.kill();
    await using receiver = await startProgram(options);
    expect((await receiver.send(sent.slice(10))).json).toEqual({ accepted: 10 });
    expect(await spilled(receiver)).toBe(20);
    await server.start();

    await using worker = await startProgram({ folder: workers.path, parts: "process", env });
    await eventually(async () => expect(await handledIn(workers.path)).toHaveLength(20), 20_000);
    expect((await handledIn(workers.path)).toSorted()).toEqual(sent.map(({ eventId }) => eventId).toSorted());
    await eventually(async () => expect(await spilled(receiver)).toBe(0));
    await eventually(() => expect(receiver.log.map(({ fact }) => fact)).toContain("queue.spill_forwarded"));
    await worker.settled();
  },
);

test.skipIf(!isThere)("with the spill off a receiver whose server is away answers 503", async () => {
  await using server = await RedisServer.start();
  await using folder = await tempFolder();
  const env = { HOOKWELL_QUEUE: server.url, HOOKWELL_SPILL: "off" };
  await using receiver = await startProgram({ folder: folder.path, parts: "receive", env });
  await server.stop();

  const { status, headers } = await receiver.send(events(1));

  expect(status).toBe(503);
  expect(headers.get("retry-after")).not.toBeNull();
});

test.skipIf(!isThere)(
  "a server that refuses the login ends the start with one sentence, without the password",
  async () => {
    await using server = await RedisServer.start("--requirepass", "right");
    await using folder = await tempFolder();
    const env = { HOOKWELL_QUEUE: server.url.replace("redis://", "redis://:hunter2@") };

    const start = await startProgram({ folder: folder.path, parts: "receive", env }).catch(
      (error: unknown) => error,
    );

    expect(start).toBeInstanceOf(StartFailure);
    const { exit, log } = start as StartFailure;
    expect(exit.code).toBe(2);
    expect(log.at(-1)).toMatchObject({ fact: "start.failed", code: "CONFIG_INVALID" });
    expect(JSON.stringify(log)).toContain("HOOKWELL_QUEUE (--queue)");
    expect(JSON.stringify(log)).not.toContain("hunter2");
  },
);
