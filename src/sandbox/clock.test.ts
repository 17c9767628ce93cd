import { expect, onTestFinished, test } from "vitest";
import { createSandbox } from "./create-sandbox.ts";

test("a clock that runs a thousand times as fast takes the schedule along", async () => {
  const answers = [500, 500, 200];
  const sandbox = createSandbox({
    timeScale: 1_000,
    fetch: async () => new Response(null, { status: answers.shift() ?? 200 }),
  });
  onTestFinished(() => sandbox.close());
  const subscriptions = [{ type: "chat.closed" }];
  sandbox.webhooks.create({ name: "mine", url: "http://receiver.test/", subscriptions });

  sandbox.emit("chat.closed");
  await sandbox.settled();

  const starts = sandbox.deliveries().map(({ startedAt }) => Date.parse(startedAt));
  expect(starts).toHaveLength(3);
  expect((starts[2] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(9_000);
});

test("closing ends a delivery that a receiver never answers", async () => {
  const asked = Promise.withResolvers<void>();
  const sandbox = createSandbox({
    fetch: () => {
      asked.resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  const subscriptions = [{ type: "chat.closed" }];
  sandbox.webhooks.create({ name: "mine", url: "http://receiver.test/", subscriptions });
  sandbox.emit("chat.closed");
  await asked.promise;

  await sandbox.close();

  expect(sandbox.pending()).toBe(1);
});
