import { describe, expect, test } from "vitest";
import { eventsOf, startMs, startSandbox } from "../../test/support/sandbox/start-sandbox.ts";
import { always } from "./lives/message-script.ts";

const sms = { to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms", "rcs"] };
const idOf = ({ messageId = "" }: { readonly messageId?: string }): string => messageId;

test("a fresh message is processing, and later tells its newest status", async () => {
  const { sandbox } = startSandbox();

  const fresh = sandbox.send({ ...sms, metadata: { orderId: "SO-1" } });
  await sandbox.settled();

  expect(fresh).toMatchObject({ status: "processing", statusDetails: { channelId: "sms" } });
  expect(fresh).toMatchObject({ _createdBy: "sandbox", metadata: { orderId: "SO-1" } });
  expect(sandbox.message(idOf(fresh))).toMatchObject({
    status: "read",
    statusDetails: { channel: "sms" },
    _updatedOn: new Date(startMs + 2_000).toISOString(),
  });
});

test("the script decides how messages end", async () => {
  const { sandbox } = startSandbox({ script: always("failed") });

  const { length } = sandbox.sendBatch([sms, sms]);
  await sandbox.settled();

  expect(length).toBe(2);
  expect(sandbox.messages().map(({ status }) => status)).toEqual(["failed", "failed"]);
});

describe("a report", () => {
  test("of a status is the message's next event, and the last that it planned", async () => {
    const { sandbox, received, register } = startSandbox();
    register({ subscriptions: ["sent", "read", "failed"].map((status) => ({ type: `message.${status}` })) });
    const id = idOf(sandbox.send(sms));
    await sandbox.advance(100);

    sandbox.report(id, "failed", { channel: "sms", failureReason: "Blocked" });
    await sandbox.settled();

    expect(eventsOf(received)).toMatchObject([
      { name: "message.sent", revision: 2 },
      { name: "message.failed", revision: 3, payload: { id, details: { failureReason: "Blocked" } } },
    ]);
    expect(sandbox.message(id)).toMatchObject({ status: "failed" });
  });

  test("that it was filtered has no event", async () => {
    const { sandbox, received, register } = startSandbox();
    register();
    const id = idOf(sandbox.send(sms));

    const known = sandbox.report(id, "filtered", { channel: "sms" });
    await sandbox.settled();

    expect([known, sandbox.message(id)?.status, received]).toEqual([true, "filtered", []]);
  });

  test("of an unknown message is told apart", () => {
    expect(startSandbox().sandbox.report("unknown", "read", { channel: "sms" })).toBe(false);
  });
});

test("an event of an older revision does not take back a status", () => {
  const { sandbox } = startSandbox();

  sandbox.emit("message.read", { entityId: "m1", revision: 4 });
  sandbox.emit("message.delivered", { entityId: "m1", revision: 3 });

  expect(sandbox.message("m1")).toMatchObject({ status: "read" });
});

test("a message is redacted and deleted only once its channel has it", async () => {
  const { sandbox } = startSandbox();
  const id = idOf(sandbox.send(sms));
  const early = [sandbox.redact(id), sandbox.deleteMessage(id)];
  await sandbox.settled();

  const redacted = sandbox.redact(id);
  const { body } = sandbox.message(id) ?? {};

  expect([early, redacted, body]).toEqual([["conflict", "conflict"], "done", undefined]);
  expect([sandbox.deleteMessage(id), sandbox.deleteMessage(id)]).toEqual(["done", "unknown"]);
});

test("an inbound message is an event with the fields of the request", async () => {
  const { sandbox, received, register } = startSandbox();
  register({ subscriptions: [{ type: "message.inbound", filters: [{ name: "channel", value: "sms" }] }] });

  const { messageId = "" } = sandbox.inbound({ channel: "sms", from: { phoneNumber: "447700900123" } });
  sandbox.inboundStatus(messageId, "read");
  await sandbox.settled();

  expect(eventsOf(received)).toMatchObject([
    { name: "message.inbound", payload: { id: messageId, channel: "sms", status: "received" } },
  ]);
  expect(sandbox.inbounds()).toMatchObject([{ messageId, status: "read" }]);
});

test("the analytics count each status in the hour in which it was reached", async () => {
  const { sandbox } = startSandbox();
  sandbox.send(sms);
  await sandbox.advance(3_600_000 - 1_000);
  sandbox.send(sms);
  sandbox.inbound({ channel: "whatsApp", from: { phoneNumber: "447700900123" } });
  await sandbox.settled();

  const counts = sandbox.analytics({ from: startMs, to: startMs + 86_400_000, by: "hour" });

  expect(counts).toEqual([
    {
      date: "2026-01-01T00:00:00.000Z",
      dateUtc: "2026-01-01T00:00:00.000Z",
      attempted: 2,
      failed: 0,
      success: { sms: 2 },
      delivered: { sms: 1 },
      read: { sms: 1 },
      inbound: { whatsApp: 1 },
    },
    {
      date: "2026-01-01T01:00:00.000Z",
      dateUtc: "2026-01-01T01:00:00.000Z",
      attempted: 0,
      failed: 0,
      delivered: { sms: 1 },
      read: { sms: 1 },
    },
  ]);
});

test("the history of a profile is both directions, newest first, as far as asked", async () => {
  const { sandbox } = startSandbox();
  const profile = { profileId: "morgan" };
  sandbox.send({ ...sms, to: profile });
  sandbox.send(sms);
  await sandbox.advance(5_000);
  sandbox.inbound({ channel: "rcs", from: profile, body: "Thanks" });

  const all = sandbox.history("morgan");
  const outbound = sandbox.history("morgan", { direction: "outbound" });

  expect(all).toMatchObject([
    { direction: "inbound", channelId: "rcs", message: { body: "Thanks" } },
    { direction: "outbound", channelId: "sms", status: "read" },
  ]);
  expect(outbound).toEqual(all.slice(1));
  expect(sandbox.history("morgan", { limit: 1 })).toEqual(all.slice(0, 1));
});
