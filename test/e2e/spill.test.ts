import { expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually, promptly, timed } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { amqpServer } from "../support/servers/amqp-server.ts";
import { answers } from "../support/servers/engines.ts";
import { lossyProxy } from "../support/network/lossy-proxy.ts";
import { NatsServer } from "../support/servers/nats-server.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";
import { readJournal, startProgram, type Program } from "../support/program/process.ts";
import { RedisServer } from "../support/servers/redis-server.ts";
import { tempFolder } from "../support/temp-folder.ts";

const isThere = (await answers("postgres")) && (await answers("redis"));
const world = { random: seededRandom(41), now: Date.now };
const events = (count: number) => Array.from({ length: count }, () => freshEvent("message.sent", world));
const idsOf = (sent: readonly { readonly eventId: string }[]): readonly string[] =>
  sent.map(({ eventId }) => eventId).toSorted();

async function handledIn(folder: string): Promise<readonly string[]> {
  const journal = await readJournal(folder);
  return journal.flatMap((entry) => (entry.kind === "handled" ? entry.eventId : [])).toSorted();
}

async function spilled({ url }: Program): Promise<number> {
  const page = await (await fetch(new URL("/metrics", url))).text();
  return Number(/^hookwell_queue_spilled_messages (\d+)$/m.exec(page)?.[1]);
}

/** On the disk of the receiver and in the engine. */
async function inAll({ url }: Program): Promise<number> {
  const page = await (await fetch(new URL("/metrics", url))).text();
  return Number(/^hookwell_queue_messages (\d+)$/m.exec(page)?.[1]);
}

const ready = (program: Program): Promise<Response> => fetch(new URL("/readyz", program.url));

test.skipIf(!isThere)(
  "what was stored although the answer was lost is forwarded again, and known by its name: handled once, no repeat of the sender",
  async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    await using proxy = await lossyProxy(Number(server.port));
    await using schema = ownSchema();
    await using folder = await tempFolder();
    await using workers = await tempFolder();
    const env = { HOOKWELL_QUEUE: server.url, HOOKWELL_LEDGER: schema.url };
    const behind = { ...env, HOOKWELL_QUEUE: `redis://127.0.0.1:${proxy.port}` };
    await using receiver = await startProgram({ folder: folder.path, parts: "receive", env: behind });
    await using worker = await startProgram({ folder: workers.path, parts: "process", env });
    const sent = events(20);
    proxy.loseAnswers();

    expect((await receiver.send(sent)).json).toEqual({ accepted: 20 });
    await eventually(async () => expect(await handledIn(workers.path)).toHaveLength(20), 20_000);
    expect([await spilled(receiver), proxy.cut() > 0]).toEqual([20, true]);
    proxy.heal();

    await eventually(async () => expect(await spilled(receiver)).toBe(0), 20_000);
    const { duplicates } = await worker.settled();
    expect(duplicates).toBe(0);
    expect(await handledIn(workers.path)).toEqual(idsOf(sent));
    for (const { deliveries } of (await worker.events()).values()) expect(deliveries).toBe(1);
  },
);

test.skipIf(!isThere)(
  "a receiver is ready while its server hangs, and says that it is spilling; without a spill it is not",
  async () => {
    await using server = await RedisServer.start();
    await using one = await tempFolder();
    await using other = await tempFolder();
    const env = { HOOKWELL_QUEUE: server.url };
    await using receiver = await startProgram({ folder: one.path, parts: "receive", env });
    const off = { ...env, HOOKWELL_SPILL: "off" };
    await using without = await startProgram({ folder: other.path, parts: "receive", env: off });
    await server.pause();
    try {
      expect((await receiver.send(events(3))).status).toBe(200);
      await promptly(4_500, async () => {
        const { value: response, ms } = await timed(() => ready(receiver));
        expect(response.status).toBe(200);
        expect(await response.json()).toEqual({ status: "ok", parts: { queue: "spilling" } });
        return ms;
      });

      expect((await ready(without)).status).toBe(503);
    } finally {
      server.resume();
    }
    await eventually(async () => expect(await spilled(receiver)).toBe(0), 20_000);
    await eventually(async () =>
      expect(await (await ready(receiver)).json()).toMatchObject({ parts: { queue: "ok" } }),
    );
  },
);

test.skipIf(!isThere)(
  "a receiver is over it soon after its server is back, while events keep coming and each list takes a second",
  async () => {
    // Flushes once a second, so each list takes that long.
    await using server = await RedisServer.start("--appendfsync", "everysec");
    await using folder = await tempFolder();
    const env = { HOOKWELL_QUEUE: server.url };
    await using receiver = await startProgram({ folder: folder.path, parts: "receive", env });
    const over = new AbortController();
    let accepted = 0;
    const client = async (): Promise<void> => {
      while (!over.signal.aborted) {
        expect((await receiver.send(events(1))).status).toBe(200);
        accepted += 1;
      }
    };
    const clients = Promise.all(Array.from({ length: 20 }, client));
    await server.stop();
    await eventually(async () => expect(await spilled(receiver)).toBeGreaterThan(20));

    await server.start();

    await eventually(async () => expect(await spilled(receiver)).toBe(0), 20_000);
    const before = accepted;
    await eventually(() => expect(accepted).toBeGreaterThan(before + 40));
    expect(await (await ready(receiver)).json()).toMatchObject({ parts: { queue: "ok" } });
    over.abort();
    await clients;
    // What was on its way when the server stopped may be there twice, and is known by its name.
    expect(await inAll(receiver)).toBeGreaterThanOrEqual(accepted);
  },
);

test.skipIf(!isThere).each([
  ["both are killed and one comes back", true],
  ["one is killed, by the other", false],
])("what two receivers on one data folder kept is forwarded when %s", async (_what, isFirstKilled) => {
  await using server = await RedisServer.start("--appendfsync", "always");
  await using schema = ownSchema();
  await using folder = await tempFolder();
  await using workers = await tempFolder();
  const env = { HOOKWELL_QUEUE: server.url, HOOKWELL_LEDGER: schema.url };
  const options = { folder: folder.path, parts: "receive", env } as const;
  const [one, other] = [await startProgram(options), await startProgram(options)];
  await server.stop();
  const sent = events(40);
  expect((await one.send(sent.slice(0, 20))).status).toBe(200);
  expect((await other.send(sent.slice(20))).status).toBe(200);
  await other.kill();
  if (isFirstKilled) await one.kill();

  await using receiver = isFirstKilled ? await startProgram(options) : one;
  await eventually(async () => expect(await spilled(receiver)).toBe(40), isFirstKilled ? 100 : 30_000);
  await server.start();
  await using worker = await startProgram({ folder: workers.path, parts: "process", env });

  await eventually(async () => expect(await handledIn(workers.path)).toEqual(idsOf(sent)), 30_000);
  await eventually(async () => expect(await spilled(receiver)).toBe(0));
  expect((await worker.settled()).duplicates).toBe(0);
});

test.skipIf(!(await answers("amqp")))(
  "a shard that is full in RabbitMQ waits by itself, and nothing is stored twice",
  { timeout: 120_000 },
  async () => {
    await using server = await amqpServer();
    await using folder = await tempFolder();
    const env = { HOOKWELL_QUEUE: server.url };
    await using receiver = await startProgram({ folder: folder.path, parts: "receive", env });
    const short = ["set_policy", "short", "^hookwell[.]3$", '{"max-length":2}', "--apply-to", "queues"];
    await server.control(...short);
    // Until the policy holds.
    await eventually(async () => {
      expect((await receiver.send(events(50))).status).toBe(200);
      expect(await spilled(receiver)).toBeGreaterThan(0);
    }, 20_000);
    const [before, waiting] = [await inAll(receiver), await spilled(receiver)];

    for (let count = 0; count < 10; count += 1) expect((await receiver.send(events(100))).status).toBe(200);

    // About one in sixteen.
    const more = (await spilled(receiver)) - waiting;
    expect([more > 20, more < 150]).toEqual([true, true]);
    await server.control("clear_policy", "short");
    await eventually(async () => expect(await spilled(receiver)).toBe(0), 60_000);
    await eventually(async () => expect(await inAll(receiver)).toBe(before + 1_000));
  },
);

test.skipIf(!(await answers("nats")))(
  "an event that is too large for NATS is answered with 503 and named in the log, and holds up no other",
  async () => {
    await using server = await NatsServer.start("max_payload: 64KB\njetstream {}");
    await using folder = await tempFolder();
    const env = { HOOKWELL_QUEUE: server.url };
    await using receiver = await startProgram({ folder: folder.path, parts: "receive", env });
    const large = () => ({ ...freshEvent("message.sent", world), filler: "x".repeat(80_000) });

    expect((await receiver.send([large()])).status).toBe(503);
    expect((await receiver.send(events(5))).status).toBe(200);
    expect(await spilled(receiver)).toBe(0);
    const told = receiver.log.find(({ fact }) => fact === "receive.unavailable");
    expect(told).toMatchObject({ code: "EVENT_TOO_LARGE", error: expect.stringContaining("max_payload") });

    await server.stop();
    // From the first message on that the server does not take, the receiver knows that it is away: it keeps everything,
    // and cannot tell any more what the server would refuse.
    expect((await receiver.send(events(1))).status).toBe(200);
    for (let count = 0; count < 2; count += 1) expect((await receiver.send([large()])).status).toBe(200);
    for (let count = 0; count < 4; count += 1) expect((await receiver.send(events(250))).status).toBe(200);
    expect(await spilled(receiver)).toBe(1_003);
    await server.start();

    await eventually(async () => expect(await spilled(receiver)).toBe(2), 20_000);
    // Until the receiver knows that nothing else waits, what comes waits behind it.
    await eventually(async () => expect((await receiver.send([large()])).status).toBe(503));
  },
);
