import assert from "node:assert/strict";
import { aMessage } from "../builders.ts";
import { assertRecord, handled, type LedgerCase, process } from "./harness.ts";

/** A closed ledger is done; the storage is not. */
export const closingCases: readonly LedgerCase[] = [
  {
    name: "may be closed twice, also at the same time",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await process(ledger, message);

      await Promise.all([ledger.close(), ledger.close()]);
      await ledger.close();

      await assertRecord(await open(), message, { status: "handled" });
    },
  },
  {
    name: "rejects with ClosedError once it is closed",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      const { eventId, entity } = message;
      await process(ledger, message);

      await ledger.close();

      const settlement = { message, outcome: handled, conflict: false, startedAt: 0, endedAt: 0 };
      const calls: readonly (() => Promise<unknown>)[] = [
        () => ledger.history(),
        () => ledger.report(),
        () => ledger.workerWarnings(),
        () => ledger.admit([message]),
        () => ledger.settle([settlement]),
        () => ledger.get(eventId),
        () => ledger.list({}, 10, null),
        () => ledger.timeline(entity, 10),
        () => ledger.changes(0, 10),
        () => ledger.latestChange(),
        () => ledger.message(eventId),
        () => ledger.reopen(eventId, "copy"),
        () => ledger.stats(),
        () => ledger.removeDead(eventId),
        () => ledger.prune(0),
      ];
      for (const call of calls) await assert.rejects(call, { name: "ClosedError", code: "CLOSED" });
    },
  },
  {
    name: "keeps what a settlement promised that was under way when it was closed",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = Array.from({ length: 20 }, () => aMessage());
      const settling = Promise.allSettled(messages.map((message) => process(ledger, message)));

      await ledger.close();

      const outcomes = await settling;
      const reopened = await open();
      for (const [index, message] of messages.entries()) {
        if (outcomes[index]?.status !== "fulfilled") continue;
        await assertRecord(reopened, message, { status: "handled" });
      }
    },
  },
];
