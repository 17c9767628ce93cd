import { describe, expect, test } from "vitest";
import { eventsOf, startMs, startSandbox } from "../../test/support/sandbox/start-sandbox.ts";
import { type ScheduleName, schedules } from "./schedule.ts";

describe("an answer", () => {
  test.each([
    [200, "accepted"],
    [204, "accepted"],
    [301, "retry"],
    [400, "refused"],
    [401, "retry"],
    [404, "retry"],
    [500, "retry"],
    [503, "retry"],
  ])("of %i means: %s", async (status, outcome) => {
    const { sandbox, register } = startSandbox({}, () => status);
    register();

    sandbox.emit("message.sent");
    await sandbox.advance(1_000);

    expect(sandbox.deliveries()).toMatchObject([{ status, outcome, error: null }]);
  });

  test("of 400 loses the whole batch, which the dead queue shows", async () => {
    const { sandbox, register } = startSandbox({}, () => 400);
    const { id } = register({ batch: true, maxBatchSize: 2 });

    const events = [sandbox.emit("message.sent"), sandbox.emit("message.read")];
    await sandbox.settled();

    expect(sandbox.dead()).toEqual(
      events.map((event) => ({
        eventId: event.eventId,
        name: event.name,
        webhookId: id,
        reason: "refused",
        attempts: 1,
        at: new Date(startMs).toISOString(),
        event,
      })),
    );
  });

  test("that takes longer than 10 s is none, and one just within them counts", async () => {
    let takesMs = 10_001;
    const { sandbox, clock, register } = startSandbox({}, async ({ signal }) => {
      await clock.sleep(takesMs, signal);
      takesMs = 9_999;
      return 200;
    });
    register();

    sandbox.emit("message.sent");
    await sandbox.settled();

    expect(sandbox.deliveries()).toMatchObject([
      { status: null, error: "timeout", outcome: "retry", endedAt: after(10), nextAt: after(15) },
      { status: 200, outcome: "accepted", startedAt: after(15), endedAt: after(24.999) },
    ]);
  });
});

describe("the schedule", () => {
  test.each<[ScheduleName, number, number]>([
    ["A", 18, 86_650],
    ["B", 17, 86_625],
  ])(
    "%s makes %i attempts in %i seconds, and then the events are dead",
    async (schedule, count, lastSecond) => {
      const { sandbox, received, register } = startSandbox({ schedule }, () => 500);
      register();

      const { eventId } = sandbox.emit("message.sent");
      await sandbox.settled();

      const seconds = received.map(({ at }) => at / 1_000);
      const waits = seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0));
      expect(waits).toEqual(schedules[schedule]);
      expect([seconds.length, seconds.at(-1)]).toEqual([count, lastSecond]);
      expect(sandbox.deliveries().at(-1)).toMatchObject({ attempt: count, outcome: "dead", nextAt: null });
      expect(sandbox.dead()).toMatchObject([{ eventId, reason: "schedule", attempts: count }]);
      expect(sandbox.pending()).toBe(0);
    },
  );

  test("repeats a batch with the same bytes", async () => {
    const { sandbox, received, register } = startSandbox({}, (_, { at }) => (at === 0 ? 500 : 200));
    register({ batch: true, maxBatchSize: 2 });

    sandbox.emit("message.sent");
    sandbox.emit("message.read");
    await sandbox.settled();

    expect(received.map(({ at }) => at)).toEqual([0, 5_000]);
    expect(received[1]?.body).toBe(received[0]?.body);
    expect(sandbox.deliveries().map(({ id, attempt }) => [id, attempt])).toEqual([
      [expect.any(String), 1],
      [sandbox.deliveries()[0]?.id, 2],
    ]);
  });

  test("keeps later events waiting for nobody", async () => {
    const { sandbox, received, register } = startSandbox({}, (_, { at }) => (at === 0 ? 500 : 200));
    register();

    sandbox.emit("message.sent");
    await sandbox.advance(1_000);
    sandbox.emit("message.read");
    await sandbox.settled();

    expect(eventsOf(received).map(({ name }) => name)).toEqual([
      "message.sent",
      "message.read",
      "message.sent",
    ]);
  });

  test("ends with the registration", async () => {
    const { sandbox, received, register } = startSandbox({}, () => 500);
    const { id } = register();

    sandbox.emit("message.sent");
    await sandbox.advance(1_000);
    sandbox.webhooks.remove(id);
    await sandbox.settled();

    expect([received.length, sandbox.pending(), sandbox.dead()]).toEqual([1, 0, []]);
  });
});

test("so many deliveries of a registration are under way at once, and no more", async () => {
  const { sandbox, clock, received, register } = startSandbox({ parallel: 3 }, async () => {
    await clock.sleep(1_000);
    return 200;
  });
  register();

  for (let sent = 0; sent < 7; sent += 1) sandbox.emit("message.sent");
  await sandbox.settled();

  expect(received.map(({ at }) => at)).toEqual([0, 0, 0, 1_000, 1_000, 1_000, 2_000]);
});

const after = (seconds: number): string => new Date(startMs + seconds * 1_000).toISOString();
