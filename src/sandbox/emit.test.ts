import { expect, test } from "vitest";
import { startSandbox } from "../../test/support/sandbox/start-sandbox.ts";
import { etagOf } from "./etag.ts";

test("an event that is emitted for a known message goes on with it", async () => {
  const { sandbox } = startSandbox();
  const { messageId = "" } = sandbox.send({
    to: { phoneNumber: "447700900123" },
    rules: ["rcs"],
    metadata: { orderId: "SO-1" },
  });
  await sandbox.settled();

  const event = sandbox.emit("message.expired", { entityId: messageId });

  expect(event).toMatchObject({
    revision: 5,
    etag: etagOf("message", messageId, 5),
    payload: { details: { channel: "rcs" }, metadata: { orderId: "SO-1" } },
  });
});

test("an older event of a known message can be emitted again", async () => {
  const { sandbox } = startSandbox();
  const { messageId = "" } = sandbox.send({ to: { phoneNumber: "447700900123" }, rules: ["sms"] });
  await sandbox.settled();

  const event = sandbox.emit("message.delivered", { entityId: messageId, revision: 3 });

  expect([event.revision, sandbox.message(messageId)?.status]).toEqual([3, "read"]);
});

test("the rest of an emitted event fits to the payload that it is given", () => {
  const { sandbox } = startSandbox();

  const event = sandbox.emit("message.failed", {
    payload: { details: { channel: "whatsApp" }, id: "m1" },
    revision: 9,
  });

  expect(event).toMatchObject({
    revision: 9,
    etag: etagOf("message", "m1", 9),
    payload: { details: { channelStatus: { whatsApp: { status: "failed" } } } },
  });
});

test("an emitted event without a payload stays without", () => {
  const { sandbox } = startSandbox();

  expect(sandbox.emit("presence.away")).not.toHaveProperty("payload");
});

test("an emitted event has the revision that it is given, even one that is unusual", () => {
  const { sandbox } = startSandbox();
  const payload = { details: { channel: "sms" } };

  const event = sandbox.emit("message.sent", { payload, entityId: "m1", revision: 1 });

  expect(event).toMatchObject({ revision: 1, etag: etagOf("message", "m1", 1) });
});
