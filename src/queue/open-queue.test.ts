import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { ConfigError } from "../errors.ts";
import { aMessage } from "../testing/builders.ts";
import { never, opened } from "../testing/queue-driver/harness.ts";
import { openQueue } from "./open-queue.ts";

const options = { leaseMs: 30_000, highWater: 10 };

test.each([
  ["sqlite:", "queue.db"],
  ["sqlite:%/elsewhere/other.db", "elsewhere/other.db"],
])("%s is the file %s", async (url, file) => {
  await using folder = await tempFolder();

  const queue = await openQueue(url.replace("%", folder.path), folder.path, options);
  await queue.put([aMessage({ eventId: "e1" })]);
  const deliveries = await queue.receive(1, never);
  await queue.close();

  expect(deliveries.map((delivery) => opened(delivery).eventId)).toEqual(["e1"]);
  expect(existsSync(join(folder.path, file))).toBe(true);
});

test("memory: writes nothing", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");

  const queue = await openQueue("memory:", data, options);
  await queue.put([aMessage()]);
  await queue.close();

  expect(existsSync(data)).toBe(false);
});

test.each(["kafka://localhost", "nonsense", ""])("%o is of no queue that this version knows", async (url) => {
  const opening = openQueue(url, "/nowhere", options);

  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow(/^HOOKWELL_QUEUE \(--queue\)/);
});
