import { expect, test } from "vitest";
import type { EventRecord } from "../../api/contract.ts";
import { unfinished } from "./unfinished.ts";

async function* newestFirst(...events: readonly (readonly [string, string])[]): AsyncIterable<EventRecord> {
  for (const [id, name] of events) yield { entity: `message:${id}`, name } as EventRecord;
}

test("messages whose newest event is not final are told once, and every event is looked at", async () => {
  const seen: string[] = [];
  const events = newestFirst(
    ["open", "message.sent"],
    ["done", "message.delivered"],
    ["inbound", "message.inbound"],
    ["done", "message.sent"],
    ["open", "message.sentRequest"],
  );

  const found = await Array.fromAsync(unfinished(events, ({ entity }) => void seen.push(entity)));

  expect(found).toEqual(["open"]);
  expect(seen).toHaveLength(5);
});
