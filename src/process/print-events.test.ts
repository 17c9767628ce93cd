import { noTransaction } from "../ledger/embedded-ledger.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { silentLog } from "../log.ts";
import { aMessage } from "../testing/builders.ts";
import { bytesOf } from "../testing/bytes.ts";
import { EventLog, type PrintedEvent } from "./event-log.ts";
import { HandlerCalls } from "./runs/handle.ts";
import { HandlerTable } from "./handlers.ts";
import { printEvents } from "./print-events.ts";

const message = aMessage({ receivedAt: 5, revision: null, body: bytesOf('{"a": 1.0}') });
const { signal } = new AbortController();
const calls = new HandlerCalls({ timeoutMs: 1_000, givingUp: signal, log: silentLog });

test.each(["message.sent", "never.heard.of"])("%s is printed with its exact bytes", async (name) => {
  const printed: PrintedEvent[] = [];
  const handler = new HandlerTable(printEvents((event) => printed.push(event), undefined)).find(name);

  const result =
    handler && (await calls.call(handler, { ...message, name }, { attempt: 1, tx: noTransaction }));

  const { eventId, entity, body } = message;
  expect(result).toBeUndefined();
  expect(printed).toMatchObject([{ eventId, name, entity, revision: null, receivedAt: new Date(5), body }]);
});

test("an event that cannot be printed is not handled", async () => {
  const broken = (): void => {
    throw new Error("no terminal");
  };
  const handler = new HandlerTable(printEvents(broken, undefined)).find("message.sent");

  const result = handler && (await calls.call(handler, message, { attempt: 1, tx: noTransaction }));

  expect(result?.error.message).toBe("no terminal");
});

test("an event is in the file too once it is handled", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "events.log");
  const file = await EventLog.open(path);
  const handler = new HandlerTable(printEvents(() => undefined, file)).find("message.sent");

  const result = handler && (await calls.call(handler, message, { attempt: 1, tx: noTransaction }));

  expect(result).toBeUndefined();
  expect(await readFile(path, "utf8")).toContain(`"eventId":"${message.eventId}"`);
  await file.close();
});

test("an event that the file does not take is not handled", async () => {
  const full = { append: () => Promise.reject(new Error("no room")) } as Partial<EventLog> as EventLog;
  const handler = new HandlerTable(printEvents(() => undefined, full)).find("message.sent");

  const result = handler && (await calls.call(handler, message, { attempt: 1, tx: noTransaction }));

  expect(result?.error.message).toBe("no room");
});
