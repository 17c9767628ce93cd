import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { calm } from "../../test/support/processing/cut-off.ts";
import { startProcessor } from "../../test/support/processing/processor.ts";
import type { CommitResult } from "../ledger/transaction.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosLedger } from "../testing/chaos.ts";
import { eventually } from "../testing/eventually.ts";

test("an event that is another process's by the time its handler is done goes back to the queue, and no attempt counts", async () => {
  let calls = 0;
  await using app = startProcessor({
    wrapLedger: (ledger) => ({
      ...chaosLedger(ledger, calm),
      settle: async (settlements) => {
        calls += 1;
        return calls === 1 ? settlements : ledger.settle(settlements);
      },
    }),
  });
  const message = aMessage();

  await app.put(message);
  await app.settled();

  expect(app.runs.map(({ context }) => context.attempt)).toEqual([1, 1]);
  expect(await app.detail(message)).toMatchObject({ status: "handled" });
});

test("an event that is another process's by the time its transaction is committed goes back to the queue, and no attempt counts", async () => {
  const client = { query: async () => ({ rows: [], rowCount: 0 }) };
  const commit = async (): Promise<CommitResult> => ({ kind: "elsewhere" });
  await using app = startProcessor({
    handlers: async (_event, { tx }) => {
      if (app.runs.length === 1) await tx();
    },
    wrapLedger: (ledger) => ({
      ...chaosLedger(ledger, calm),
      transaction: async () => ({ client, commit, rollback: async () => undefined }),
    }),
  });

  await app.put(aMessage());
  await app.settled();

  expect(app.runs.map(({ context }) => context.attempt)).toEqual([1, 1]);
});

test("an event whose outcome could not be written down before the end of a stop is still in the queue", async () => {
  await using app = startProcessor({
    wrapLedger: (ledger) => ({
      ...chaosLedger(ledger, calm),
      settle: () => Promise.reject(new Error("disk full")),
    }),
  });
  await app.put(aMessage());
  await eventually(() => expect(app.log.facts()).toEqual(["ledger.settle_failed"]));

  await app.processor.close(20);
  await turn();

  expect((await app.queueDriver.depth()).messages).toBe(1);
});
