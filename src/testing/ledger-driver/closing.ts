import { aMessage } from "../builders.ts";
import { assertRecord, type LedgerCase, process } from "./harness.ts";

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
