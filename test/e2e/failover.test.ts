import { describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { breachesOf } from "../../torture/oracle/breaches.ts";
import { planDeliveries } from "../support/events/deliveries.ts";
import { answers } from "../support/servers/engines.ts";
import { timesHandled } from "../support/program/journal.ts";
import { junction } from "../support/network/junction.ts";
import { PostgresServer } from "../support/servers/postgres-server.ts";
import { readJournal, startProgram } from "../support/program/process.ts";
import { startSending } from "../support/events/sender.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A receiver and two workers on a server that has a standby; they have one address that leads to it, or those of both. */
async function failoverWorld({ otherMs = "0-20", hosts = "one" } = {}) {
  const stack = new AsyncDisposableStack();
  const primary = stack.use(await PostgresServer.start());
  const standby = stack.use(await primary.standby());
  const way = stack.use(await junction(Number(primary.port)));
  const ports = hosts === "one" ? [way.port] : [primary.port, standby.port];
  const url = `postgres://postgres@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/postgres`;
  const env = { HOOKWELL_QUEUE: url, HOOKWELL_LEDGER: url };
  const folders = [stack.use(await tempFolder()), stack.use(await tempFolder())];
  const [first = "", second = ""] = folders.map(({ path }) => path);
  const worker = { parts: "process", handlerMs: "0-20", env } as const;
  const programs = {
    receiver: stack.use(await startProgram({ folder: first, parts: "receive", env })),
    one: stack.use(await startProgram({ ...worker, folder: first })),
    other: stack.use(await startProgram({ ...worker, handlerMs: otherMs, folder: second })),
  };
  const load = { messages: 800, others: 0, repeatOneIn: 20, mostInArray: 20 };
  const deliveries = planDeliveries(load, seededRandom(7));
  const sent = new Set(deliveries.flatMap(({ events }) => events.map(({ eventId }) => eventId)));
  return {
    ...programs,
    primary,
    standby,
    deliveries,
    sent,
    send: () => startSending(deliveries, 4, (body) => programs.receiver.send(body)),
    /** From now on the standby hears of nothing that is written. */
    leaveBehind: async () => {
      await standby.set("primary_conninfo = ''");
      await eventually(async () =>
        expect(await standby.query("select from pg_stat_wal_receiver")).toEqual([]),
      );
    },
    /** The address leads nowhere until the standby takes writes. */
    failOver: async () => {
      await primary.kill();
      await standby.promote();
      way.lead(Number(standby.port));
    },
    journals: () => Promise.all([readJournal(first), readJournal(second)]),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.skipIf(!(await answers("postgres")))("when PostgreSQL fails over to a standby", () => {
  test.for([
    ["one", "an address leads to it"],
    ["both", "the URL names both"],
  ])("a synchronous one has all that was accepted, once and in order: $1", async ([hosts]) => {
    await using world = await failoverWorld({ hosts });
    const { primary, deliveries, sent, one } = world;
    await primary.set("synchronous_standby_names = 'standby'");
    const states = () => primary.query("select sync_state from pg_stat_replication");
    await eventually(async () => expect(await states()).toEqual([{ sync_state: "sync" }]));
    const sending = world.send();
    await sending.acknowledged(Math.floor(deliveries.length / 4));

    await world.failOver();
    await sending.done;

    await eventually(async () => expect((await one.events()).size).toBe(sent.size), 30_000);
    await one.settled();
    const journals = await world.journals();
    expect(journals.flatMap(breachesOf)).toEqual([]);
    expect([...timesHandled(journals.flat()).values()].filter((times) => times > 1)).toEqual([]);
    const { events } = await one.stats();
    expect(events).toMatchObject({ pending: 0, retrying: 0, dead: 0 });
    expect(events.handled + events.obsolete).toBe(sent.size);
  });

  test("one that lags behind loses what it does not have; all else goes on, also what is sent again", async () => {
    await using world = await failoverWorld();
    const { deliveries, sent, one } = world;
    const sending = world.send();
    await sending.acknowledged(Math.floor(deliveries.length / 4));
    await world.leaveBehind();
    await sending.acknowledged(Math.floor(deliveries.length / 2));

    await world.failOver();
    await sending.done;
    // A worker that had read a lost event may have shown it as pending, and so it stays until the event is sent again:
    // only the queue can be waited for.
    await eventually(async () => expect((await one.stats()).queue.depth).toBe(0), 45_000);
    const kept = (await one.events()).size;
    await world.send().done;

    expect(kept).toBeLessThan(sent.size);
    await eventually(async () => expect((await one.events()).size).toBe(sent.size), 30_000);
    await one.settled();
    const { events } = await one.stats();
    expect(events).toMatchObject({ pending: 0, retrying: 0, dead: 0 });
    expect(events.handled + events.obsolete).toBe(sent.size);
  });

  test("what is lost, and pending with a worker that has died, is handled when it is sent again", async () => {
    await using world = await failoverWorld({ otherMs: "1500" });
    const { standby, deliveries, sent, one, other } = world;
    const sending = world.send();
    await sending.acknowledged(Math.floor(deliveries.length / 4));
    await world.leaveBehind();
    await sending.done;
    await world.failOver();
    const lost = () =>
      standby.query(`select state from hookwell.event e where status = 'pending'
        and not exists (select from hookwell.message m where m.event_id = e.event_id)`);
    // The quick worker settles what it had read. In the slow one, ever more lost events wait behind those that it handles.
    await eventually(async () => {
      const [, journal] = await world.journals();
      const states = new Set(journal.map(({ state }) => state));
      expect((await lost()).filter(({ state }) => states.has(String(state)))).not.toEqual([]);
    });

    await other.kill();
    await eventually(async () => expect((await one.stats()).queue.depth).toBe(0), 45_000);
    expect((await lost()).length).toBeGreaterThan(0);
    await world.send().done;

    await eventually(async () => expect((await one.events()).size).toBe(sent.size), 30_000);
    await one.settled();
    const { events } = await one.stats();
    expect(events).toMatchObject({ pending: 0, retrying: 0, dead: 0 });
    expect(events.handled + events.obsolete).toBe(sent.size);
  });
});
