import type { EventRecord } from "../../api/contract.ts";
import { counted } from "../../lib/amounts.ts";
import { indentJson } from "../../lib/indent-json.ts";
import { printable, printableJson } from "../../lib/printable.ts";
import { textOf } from "./json-view.ts";
import type { ReceivedEvent } from "./received-event.ts";

/**
 * A test case in TypeScript that delivers events with the pauses with which they came, and expects that no handler
 * fails. It needs no other test runner than Node's own.
 *
 * @param what what it repeats, such as an entity
 * @param events in the order in which they were received
 */
export function asTest(what: string, events: readonly ReceivedEvent[]): string {
  const [first] = events;
  const startAt = JSON.stringify(first?.event.receivedAt);
  const steps = events.map((received, index) => pauseBefore(events, index) + delivery(received));
  return `import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestKit, type TestKitOptions } from "hookwell/testing";

// Your handlers, such as those of hookwell.config.ts.
const handlers: TestKitOptions["handlers"] = {};

test(${JSON.stringify(`${printable(what)} is handled`)}, async () => {
  await using kit = await createTestKit({ handlers, startAt: ${startAt} });
${steps.join("")}
  await kit.settled();
  assert.deepEqual(
    kit.events().filter(({ error }) => error !== null),
    [],
  );
});
`;
}

function pauseBefore(events: readonly ReceivedEvent[], index: number): string {
  const [before, here] = [events[index - 1], events[index]];
  if (before === undefined || here === undefined) return "";
  const ms = Date.parse(here.event.receivedAt) - Date.parse(before.event.receivedAt);
  return ms > 0 ? `  await kit.advance(${ms});\n` : "";
}

const delivery = ({ event, body }: ReceivedEvent): string => `
  // ${printable(event.name)}: ${courseOf(event)}
  await kit.deliver(String.raw\`${templateOf(body)}\`);
`;

/** What became of it. */
function courseOf({ status, attempts, error }: EventRecord): string {
  const course = attempts > 1 ? `${status} after ${counted(attempts, "attempt")}` : status;
  return error === null ? course : `${course}, ${printable(error)}`;
}

/** The same JSON, without what would end a template: in strings, where alone it can stand, JSON knows other forms. */
const templateOf = (body: Uint8Array): string =>
  printableJson(indentJson(textOf(body)))
    .replaceAll("`", String.raw`\u0060`)
    .replaceAll("${", String.raw`\u0024{`)
    .replaceAll("\n", "\n  ");
