import { describe, expect, test } from "vitest";
import { eventsOf, secret, startSandbox } from "../../test/support/sandbox/start-sandbox.ts";
import { signatureHeader, verify } from "../event/signature.ts";
import { checkedFaults, type Faults } from "./faults.ts";

/** Sends events under a fault, one a second. */
async function sendUnder(faults: Partial<Faults>, count = 20) {
  const started = startSandbox({ faults });
  started.register();
  const sent: string[] = [];
  for (let at = 0; at < count; at += 1) {
    sent.push(started.sandbox.emit("message.sent").eventId);
    await started.sandbox.advance(1_000);
  }
  await started.sandbox.settled();
  return { ...started, sent, arrived: eventsOf(started.received).map(({ eventId }) => eventId) };
}

describe("the fault", () => {
  test("duplicate delivers events a second time, later", async () => {
    const { arrived, sent } = await sendUnder({ duplicate: 1 });

    expect(arrived).toHaveLength(2 * sent.length);
    expect(new Set(arrived)).toEqual(new Set(sent));
  });

  test("reorder lets later events overtake earlier ones, and loses none", async () => {
    const { arrived, sent } = await sendUnder({ reorder: 0.5 });

    expect(arrived).not.toEqual(sent);
    expect(arrived.toSorted()).toEqual(sent.toSorted());
  });

  test("delayMs holds each delivery back by less than that", async () => {
    const { received } = await sendUnder({ delayMs: 900 });

    const late = received.map(({ at }, index) => at - index * 1_000);
    expect(Math.max(...late)).toBeGreaterThan(100);
    expect(Math.max(...late)).toBeLessThanOrEqual(900);
  });

  test("wrongSignature signs with another secret", async () => {
    const { received } = await sendUnder({ wrongSignature: 0.5 });

    const good = received.filter(({ body, headers }) => verify(body, headers.get(signatureHeader), secret));
    expect(good.length).toBeGreaterThan(3);
    expect(received.length - good.length).toBeGreaterThan(3);
  });

  test("cut breaks the body off, and the event comes again on the schedule", async () => {
    const started = startSandbox({ faults: { cut: 1 } });
    started.register();

    started.sandbox.emit("message.sent");
    await started.sandbox.advance(4_000);
    started.sandbox.setFaults({ cut: 0 });
    await started.sandbox.settled();

    expect(started.sandbox.deliveries()).toMatchObject([
      { error: "cut", faults: ["cut"], outcome: "retry" },
      { status: 200, faults: [], outcome: "accepted" },
    ]);
    expect(started.received).toHaveLength(1);
  });

  test("slowBody sends the body in pieces, over slowBodyMs", async () => {
    const { sandbox, received } = await sendUnder({ slowBody: 1, slowBodyMs: 5_000 }, 1);

    const [attempt] = sandbox.deliveries();
    expect(Date.parse(attempt?.endedAt ?? "") - Date.parse(attempt?.startedAt ?? "")).toBe(4_000);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ name: "message.sent" });
  });

  test("outage refuses every connection until it ends", async () => {
    const { sandbox, received, register } = startSandbox({ faults: { outage: true } });
    register();

    sandbox.emit("message.sent");
    await sandbox.advance(60_000);
    const during = received.length;
    sandbox.setFaults({ outage: false });
    await sandbox.settled();

    expect([during, received.length]).toEqual([0, 1]);
    expect(sandbox.deliveries()[0]).toMatchObject({ error: "refused", faults: ["outage"] });
  });

  test("burstMs sends everything together", async () => {
    const { received } = await sendUnder({ burstMs: 10_000 });

    expect(new Set(received.map(({ at }) => at))).toEqual(new Set([10_000, 20_000]));
  });

  test("rotationMs signs with the old and the new secret after a change", async () => {
    const { sandbox, received, register } = startSandbox({ scenario: "rotation" });
    const { id, webhook } = register();
    const fresh = "6d0f7a52-91c4-4be8-a3d7-2f58c0e9b146";
    const signedWith = () => {
      const all = received.map(({ body, headers }) => verify(body, headers.get(signatureHeader), fresh));
      return new Set(all.splice(-20));
    };

    sandbox.webhooks.update(id, { ...webhook, secret: fresh });
    for (let sent = 0; sent < 20; sent += 1) sandbox.emit("message.sent");
    await sandbox.advance(600_000);
    const during = signedWith();
    for (let sent = 0; sent < 20; sent += 1) sandbox.emit("message.sent");
    await sandbox.settled();

    expect([during, signedWith()]).toEqual([new Set([true, false]), new Set([true])]);
  });
});

test.each([
  [{ outge: true }, /no fault outge\. Did you mean outage\? There are: duplicate, reorder/],
  [{ duplicate: 2 }, /duplicate is a share from 0 to 1/],
  [{ delayMs: -1 }, /delayMs is a time in ms/],
  [{ outage: 1 }, /outage is true or false/],
])("faults that do not exist are refused: %j", (given, message) => {
  expect(() => checkedFaults(given)).toThrow(message);
});
