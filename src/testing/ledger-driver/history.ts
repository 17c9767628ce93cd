import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import type { LedgerDriver } from "../../ledger/driver.ts";
import { aMessage } from "../builders.ts";
import {
  assertStats,
  duplicate,
  type Expected,
  type LedgerCase,
  process,
  repeatOf,
  verdictOf,
  withoutAttempts,
} from "./harness.ts";

/** How many calls are under way at once. */
const together = 500;

/**
 * A case that proves that the memory of a ledger is as long as it should be. The contract has it with 20,000 events; an
 * engine that stores new events differently from old ones should pass it with more events than it treats as new.
 */
export const historyCase = (count: number): LedgerCase => ({
  name: `forgets neither an event nor a revision among ${count.toLocaleString("en")} events`,
  run: async ({ open }) => {
    const ledger = await open();
    const messages = Array.from({ length: count }, () => aMessage({ revision: 5 }));
    await inBatches(messages, (message) => process(ledger, message));
    await assertStats(ledger, { handled: count });
    await ledger.close();

    const reopened = await open();
    await assertAll(reopened, messages.map(repeatOf), duplicate);
    const older = messages.map(({ entity }) => aMessage({ revision: 4, entity }));
    await assertAll(reopened, older, { kind: "obsolete", newest: 5 });
    await assertAll(
      reopened,
      messages.slice(0, together).map(({ entity }) => aMessage({ revision: 6, entity })),
      { kind: "fresh", conflict: false },
    );

    await assertStats(reopened, { handled: count, obsolete: count, duplicates: count, pending: together });
  },
});

export const historyCases: readonly LedgerCase[] = [historyCase(20_000)];

async function assertAll(
  ledger: LedgerDriver,
  messages: readonly Message[],
  expected: Expected,
): Promise<void> {
  const wanted = JSON.stringify(expected);
  await inBatches(messages, async (message) => {
    // Far faster than a deep comparison, of which there would be tens of thousands.
    const verdict = withoutAttempts(await verdictOf(ledger, message));
    if (JSON.stringify(verdict) !== wanted) assert.deepEqual(verdict, expected);
  });
}

async function inBatches(
  messages: readonly Message[],
  call: (message: Message) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < messages.length; from += together) {
    await Promise.all(messages.slice(from, from + together).map(call));
  }
}
