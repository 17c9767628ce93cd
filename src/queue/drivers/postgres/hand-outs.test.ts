import { expect, test } from "vitest";
import { aMessage } from "../../../testing/builders.ts";
import { allShards, type Delivery } from "../../driver.ts";
import type { PostgresAnswers } from "./answers.ts";
import type { PostgresConsumer } from "./consumer.ts";
import type { PostgresFloors } from "./floors.ts";
import { PostgresHandOuts } from "./hand-outs.ts";

/** It would be handed out again while the call is tried again. */
test("what could not be answered still counts as what this worker has", async () => {
  const deliveries: readonly Delivery[] = ["1 a", "2 b"].map((receipt) => ({
    receipt,
    message: aMessage(),
    attempt: 1,
  }));
  const held: (readonly string[])[] = [];
  const consumer = {
    begin: async (receipts: readonly string[]) => void held.push(receipts),
    take: async () => deliveries,
    takeOver: async () => undefined,
  } as unknown as PostgresConsumer;
  const lost = (): Promise<never> => Promise.reject(new Error("lost"));
  const answers = { ack: lost, giveBack: lost } as unknown as PostgresAnswers;
  const nothing = (): undefined => undefined;
  const floors = { keep: nothing, raise: nothing, of: nothing, lower: nothing } as unknown as PostgresFloors;
  const handOuts = new PostgresHandOuts(consumer, answers, floors);
  await handOuts.own(allShards);
  await handOuts.take(2);
  await expect(handOuts.ack(["1 a"])).rejects.toThrow("lost");
  const early = { receipt: "2 b", attempt: 1, delayMs: 0, nextAttempt: 1 };
  await expect(handOuts.giveBack([early])).rejects.toThrow("lost");

  handOuts.lost();
  await handOuts.take(2);

  expect(held).toEqual([[], ["1 a", "2 b"]]);
});
