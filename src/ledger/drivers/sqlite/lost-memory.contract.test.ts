import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import type { Message } from "../../../event/message.ts";
import { aMessage } from "../../../testing/builders.ts";
import { openSqliteLedger } from "./ledger.ts";

/** A ledger whose file fails before what the test does, and once more as soon as it has been told of the event again. */
async function failingTwice(message: Message) {
  const folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const ledger = await openSqliteLedger(path);
  const lose = async (): Promise<void> => {
    for (const suffix of ["", "-wal", "-shm"]) await rm(`${path}${suffix}`, { force: true });
  };
  await ledger.admit([message]);
  await lose();
  const admit = ledger.admit.bind(ledger);
  vi.spyOn(ledger, "admit").mockImplementationOnce(async (messages) => {
    const verdicts = await admit(messages);
    await lose();
    return verdicts;
  });
  return {
    ledger,
    [Symbol.asyncDispose]: async () => {
      await ledger.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("what was handled is not taken for settled when the file fails twice meanwhile, and is settled by the next try", async () => {
  const message = aMessage();
  await using failing = await failingTwice(message);
  const { ledger } = failing;

  const outcome = { kind: "handled" } as const;
  const settle = (): Promise<unknown> =>
    ledger.settle([{ message, outcome, conflict: false, startedAt: 1, endedAt: 2 }]);
  await expect(settle()).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
  await settle();

  expect((await ledger.get(message.eventId))?.status).toBe("handled");
});

test("a start is not taken for written down when the file fails twice meanwhile, and is by the next try", async () => {
  const message = aMessage();
  await using failing = await failingTwice(message);
  const { ledger } = failing;

  await expect(ledger.begin(message, 1)).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
  await ledger.begin(message, 1);

  expect((await ledger.get(message.eventId))?.attempts).toBe(1);
});
