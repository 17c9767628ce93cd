import { expect, test } from "vitest";
import { NatsHandedOut, type HandedOutParts } from "./handed-out.ts";
import type { Held } from "./held.ts";
import type { Session } from "./session.ts";

const held = (receipt: string): Held =>
  ({ reply: receipt, order: { after: 0, turn: 0 }, delivery: { receipt } }) as unknown as Held;

test("what is handed out while all before it is given up can still be answered", async () => {
  const handedOut = new NatsHandedOut({} as HandedOutParts);
  handedOut.add([held("before")]);
  const flushed = Promise.withResolvers<void>();
  const given: string[] = [];
  const connection = { publish: (reply: string) => void given.push(reply), flush: () => flushed.promise };

  const givenUp = handedOut.giveUp({ connection } as unknown as Session);
  handedOut.add([held("meanwhile")]);
  flushed.resolve();
  await givenUp;

  expect(given).toEqual(["before"]);
  expect([handedOut.has("before"), handedOut.has("meanwhile")]).toEqual([false, true]);
});
