import { expect, test } from "vitest";
import { startSandbox } from "../../test/support/sandbox/start-sandbox.ts";

const sizes = (bodies: readonly { readonly body: string }[]): readonly number[] =>
  bodies.map(({ body }) => (JSON.parse(body) as readonly unknown[]).length);

test("a batch goes when it is full, and the rest when the first of it has waited", async () => {
  const { sandbox, received, register } = startSandbox();
  register({ batch: true, maxBatchSize: 3, batchTimeout: 7 });

  for (let sent = 0; sent < 4; sent += 1) sandbox.emit("message.sent");
  await sandbox.advance(6_000);
  sandbox.emit("message.read");
  await sandbox.settled();

  expect(sizes(received)).toEqual([3, 2]);
  expect(received.map(({ at }) => at)).toEqual([0, 7_000]);
});

test("a batch of one is an array too, and a single event is none", async () => {
  const { sandbox, received, register } = startSandbox();
  register({ batch: true, maxBatchSize: 1 });
  register({ batch: false });

  const event = sandbox.emit("message.sent");
  await sandbox.settled();

  expect(received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([[event], event]);
});

test("a full batch leaves no timeout behind for the next one", async () => {
  const { sandbox, received, register } = startSandbox();
  register({ batch: true, maxBatchSize: 2, batchTimeout: 5 });

  sandbox.emit("message.sent");
  sandbox.emit("message.sent");
  await sandbox.advance(4_000);
  sandbox.emit("message.sent");
  await sandbox.settled();

  expect(received.map(({ at }) => at)).toEqual([0, 9_000]);
});
