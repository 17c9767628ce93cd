import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { aMessage } from "../../../testing/builders.ts";
import { openSqliteLedger } from "./ledger.ts";

test("what was handled is not taken for settled when the file fails twice meanwhile, and is settled by the next try", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const ledger = await openSqliteLedger(path);
  const message = aMessage();
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

  const outcome = { kind: "handled" } as const;
  const settle = (): Promise<unknown> =>
    ledger.settle([{ message, outcome, conflict: false, startedAt: 1, endedAt: 2 }]);
  await expect(settle()).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
  await settle();

  expect((await ledger.get(message.eventId))?.status).toBe("handled");
  await ledger.close();
});
