import { describe, expect, test, vi } from "vitest";
import { signatureHeader } from "../event/signature.ts";
import { NonRetryableError } from "../process/non-retryable-error.ts";
import { freshEvent } from "../sandbox/fresh-event.ts";
import { sample } from "../sandbox/samples.ts";
import { createTestKit } from "./create-test-kit.ts";

const sent = sample("message.sent");
const delivered = { ...sample("message.delivered"), revision: 4 };
const startAt = Date.UTC(2026, 6, 1);

describe("a test kit", () => {
  test("hands the events of a delivery to their handlers, in order", async () => {
    const seen: unknown[] = [];
    await using kit = await createTestKit({
      handlers: { "message.*": (event) => void seen.push([event.name, event.payload]) },
    });

    const response = await kit.deliver([sent, delivered]);
    await kit.settled();

    expect(await response.json()).toEqual({ accepted: 2 });
    expect(seen).toEqual([
      ["message.sent", sent.payload],
      ["message.delivered", delivered.payload],
    ]);
    expect(kit.handled()).toMatchObject([
      { eventId: sent.eventId, entity: `message:${String(sent.payload?.["id"])}`, attempts: 1 },
      { eventId: delivered.eventId, payload: delivered.payload, status: "handled" },
    ]);
  });

  test("handles repeats and obsolete events once, and not at all", async () => {
    await using kit = await createTestKit({ handlers: { "*": () => undefined } });

    await kit.deliver(delivered);
    await kit.deliver(delivered);
    await kit.settled();
    await kit.deliver({ ...sent, revision: 1 });
    await kit.settled();

    expect(kit.handled()).toMatchObject([{ eventId: delivered.eventId, deliveries: 2 }]);
    expect(kit.event(sent.eventId)).toMatchObject({ status: "obsolete", attempts: 0 });
  });

  test("lets what failed wait for the clock, and only for the clock", async () => {
    const runs: number[] = [];
    await using kit = await createTestKit({
      startAt,
      backoffMin: "1m",
      handlers: {
        "*": () => {
          runs.push(kit.now() - startAt);
          if (runs.length < 4) throw new Error("not yet");
        },
      },
    });

    await kit.deliver(sent);
    await kit.settled();
    const waiting = kit.event(sent.eventId);
    await kit.advance(59_999);
    const early = runs.length;
    await kit.advance("1h");

    expect(waiting).toMatchObject({ status: "retrying", attempts: 1, error: "Error: not yet" });
    expect(early).toBe(1);
    expect(runs).toEqual([0, 60_000, 180_000, 420_000]);
    expect(kit.handled()).toMatchObject([{ attempts: 4, receivedAt: "2026-07-01T00:00:00.000Z" }]);
    expect(kit.now()).toBe(startAt + 3_659_999);
  });

  test("makes a dead letter after the last attempt, and replays it", async () => {
    let isWell = false;
    await using kit = await createTestKit({
      maxAttempts: 3,
      handlers: {
        "message.sent": () => {
          if (!isWell) throw new Error("no route");
        },
        "message.delivered": () => {
          throw new NonRetryableError("no such order");
        },
      },
    });

    await kit.deliver([sent, delivered]);
    await kit.advance("1d");
    const dead = kit.deadLetters();
    isWell = true;
    await kit.replay(sent.eventId);
    await kit.settled();

    expect(dead).toMatchObject([
      { eventId: sent.eventId, attempts: 3, error: "Error: no route" },
      { eventId: delivered.eventId, attempts: 1 },
    ]);
    expect(kit.deadLetters()).toMatchObject([{ eventId: delivered.eventId }]);
    expect(kit.handled()).toMatchObject([{ eventId: sent.eventId, attempts: 4 }]);
    await expect(kit.replay("none")).rejects.toThrow("No event with the id none");
  });

  test("is settled no sooner than the last handler, and no later", async () => {
    const gate = Promise.withResolvers<void>();
    await using kit = await createTestKit({ handlers: { "*": () => gate.promise } });
    let isSettled = false;

    await kit.deliver(sent);
    const settled = kit.settled().then(() => (isSettled = true));
    await expect.poll(() => kit.event(sent.eventId)?.status).toBe("pending");
    const before = isSettled;
    gate.resolve();
    await settled;

    expect(before).toBe(false);
    expect(kit.event(sent.eventId)?.status).toBe("handled");
  });

  test("settles a state of which more events come than a worker keeps at hand", async () => {
    await using kit = await createTestKit({ handlers: { "*": async () => undefined } });
    const events = Array.from({ length: 500 }, (_, revision) => ({
      ...sent,
      eventId: `e${revision}`,
      revision,
    }));

    await kit.deliver(events);
    await kit.settled();

    expect(kit.handled().map(({ revision }) => revision)).toEqual(events.map(({ revision }) => revision));
  });

  test("answers a forged request as the real one does", async () => {
    await using kit = await createTestKit({ secret: "right" });
    const post = (headers: Record<string, string>): Promise<Response> =>
      kit.fetch(new Request("http://any.test/", { method: "POST", headers, body: JSON.stringify(sent) }));

    const answers = [await post({ [signatureHeader]: "0".repeat(40) }), await post({})];

    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(kit.events()).toEqual([]);
    await expect(kit.deliver("{}")).rejects.toThrow("The receiver answered 400");
  });

  test("posts bytes as they are", async () => {
    const bodies: string[] = [];
    await using kit = await createTestKit({ handlers: { "*": ({ text }) => void bodies.push(text) } });
    const body = '{ "eventId":"e1",  "name":"session.started", "n":12345678901234567890 }';

    await kit.deliver(body);
    await kit.deliver(Buffer.from(body.replace("e1", "e2")));
    await kit.settled();

    expect(bodies).toEqual([body, body.replace("e1", "e2")]);
  });

  test("has the sender beside it, whose messages live by the same clock", async () => {
    const names: string[] = [];
    await using kit = await createTestKit({
      handlers: {
        "message.inbound": () =>
          void kit.sandbox.send({ to: { phoneNumber: "447700900123" }, body: "Thanks", rules: ["sms"] }),
        "*": (event) => {
          names.push(`${kit.now() - startAt} ${event.name}`);
          if (event.name === "message.delivered" && names.length === 2) throw new Error("not yet");
        },
      },
      startAt,
    });

    kit.sandbox.inbound({ from: { phoneNumber: "447700900123" }, channel: "sms", body: "Hello" });
    await kit.settled();
    const atOnce = [...names];
    await kit.advance("1m");

    expect(atOnce).toEqual(["0 message.sent"]);
    expect(names).toEqual([
      "0 message.sent",
      "1000 message.delivered",
      "2000 message.delivered",
      "2000 message.read",
    ]);
    expect(kit.sandbox.messages()).toMatchObject([{ status: "read" }]);
  });

  test("outlives an outage of the sender's making", async () => {
    await using kit = await createTestKit({ handlers: { "*": () => undefined } });

    kit.sandbox.setFaults({ outage: true, duplicate: 1 });
    kit.sandbox.emit("message.failed");
    await kit.advance("1m");
    const during = kit.events();
    kit.sandbox.setFaults({ outage: false });
    await kit.advance("1d");

    expect(during).toEqual([]);
    expect(kit.handled()).toMatchObject([{ name: "message.failed", attempts: 1, deliveries: 2 }]);
  });

  test("works while the timers of the test runner are fake", async () => {
    vi.useFakeTimers();
    try {
      const kit = await createTestKit({
        handlers: {
          "*": async (_event, { attempt }) => {
            if (attempt === 1) throw new Error("not yet");
          },
        },
      });

      await kit.deliver(sent);
      kit.sandbox.emit("message.failed");
      await kit.advance("1s");
      await kit.close();

      expect(kit.handled()).toMatchObject([{ name: "message.sent" }, { name: "message.failed" }]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("shares nothing with another one", async () => {
    const kits = await Promise.all(
      Array.from({ length: 8 }, () => createTestKit({ startAt: 0, handlers: { "*": () => undefined } })),
    );

    await Promise.all(
      kits.map(async (kit, index) => {
        for (let count = 0; count <= index; count += 1)
          await kit.deliver(freshEvent("message.sent", { now: () => 0, random: Math.random }));
        await kit.advance(index);
      }),
    );

    expect(kits.map((kit) => kit.handled().length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(kits.map((kit) => kit.now())).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await Promise.all(kits.map((kit) => kit.close()));
  });

  test("listens if it is asked to, and no longer than it is open", async () => {
    const kit = await createTestKit({});
    const url = await kit.listen();

    const { status } = await fetch(url, { method: "POST" });
    await kit.close();
    await kit.close();

    expect(status).toBe(400);
    await expect(fetch(url)).rejects.toThrow();
    await expect(kit.settled()).rejects.toThrow("closed");
  });

  test("says which options are wrong, and which span of time", async () => {
    const wrong = createTestKit({ maxAttempts: 0, backoffMin: "soon" });
    await using kit = await createTestKit();

    await expect(wrong).rejects.toThrow(
      /maxAttempts in the options is 0[^]*backoffMin in the options is "soon"/,
    );
    await expect(createTestKit({ startAt: "soon" })).rejects.toThrow("startAt is no moment");
    await expect(kit.advance("5 weeks")).rejects.toThrow('advance was given "5 weeks": write milliseconds');
  });
});
