import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventsOf, startSandbox } from "../../test/support/sandbox/start-sandbox.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";

const sms = { to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] };

test("a sandbox that starts again on its file goes on where it was", async () => {
  const data = await dataFile();
  const first = startSandbox({ data }, () => 500);
  const { id } = first.register();
  const { messageId = "" } = first.sandbox.send(sms);
  const { eventId } = first.sandbox.emit("message.read");
  await first.sandbox.advance(6_000);
  await first.sandbox.close();

  const second = startSandbox({ data });
  await second.sandbox.settled();

  expect(second.sandbox.webhooks.get(id)).toMatchObject({ id, webhook: { name: "mine" } });
  expect(second.sandbox.message(messageId)).toMatchObject({ status: "read" });
  expect(eventsOf(second.received)).toContainEqual(expect.objectContaining({ eventId }));
  expect(second.sandbox.deliveries().map(({ attempt }) => attempt)).toEqual([2, 3, 3, 3]);
});

test("what waited for its batch, and what was given up, survives too", async () => {
  const data = await dataFile();
  const first = startSandbox({ data }, () => 400);
  first.register({ batch: true, maxBatchSize: 2 });
  for (const name of ["message.sent", "message.sent", "message.read"]) first.sandbox.emit(name);
  await first.sandbox.advance(0);
  await first.sandbox.close();

  const second = startSandbox({ data });
  await second.sandbox.settled();

  expect(second.sandbox.dead()).toEqual(first.sandbox.dead());
  expect(eventsOf(second.received).map(({ name }) => name)).toEqual(["message.read"]);
});

test("each start on a file gives ids of its own", async () => {
  const data = await dataFile();
  const first = startSandbox({ data });
  const before = first.sandbox.send(sms).messageId;
  await first.sandbox.close();

  const second = startSandbox({ data });

  expect(second.sandbox.send(sms).messageId).not.toBe(before);
});

test.each(["{}", "no JSON", "null"])("a file that is no sandbox's is refused: %s", async (text) => {
  const data = await dataFile();
  mkdirSync(dirname(data));
  writeFileSync(data, text);

  expect(() => startSandbox({ data })).toThrow(data);
});

/** In a folder that is not there yet. */
async function dataFile(): Promise<string> {
  const folder = await tempFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return join(folder.path, "new", "sandbox.json");
}
