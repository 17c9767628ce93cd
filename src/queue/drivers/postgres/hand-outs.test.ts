import { expect, test, vi } from "vitest";
import { aMessage } from "../../../testing/builders.ts";
import { allShards, type Delivery } from "../../driver.ts";
import type { PostgresAnswers } from "./answers.ts";
import type { PostgresConsumer } from "./consumer.ts";
import type { PostgresFloors } from "./floors.ts";
import { PostgresHandOuts } from "./hand-outs.ts";

/** A worker that owns all, on a server that hands out two messages, and what it tells the server that it has. */
async function handingOut(answer: () => Promise<void>) {
  const deliveries: readonly Delivery[] = ["1 a", "2 b"].map((receipt) => ({
    receipt,
    message: aMessage(),
    attempt: 1,
  }));
  const held: (readonly string[])[] = [];
  const take = vi.fn<PostgresConsumer["take"]>().mockResolvedValue(deliveries);
  const consumer = {
    begin: async (receipts: readonly string[]) => void held.push(receipts),
    take,
    takeOver: async () => undefined,
  } as unknown as PostgresConsumer;
  const answers = { ack: answer, giveBack: answer } as unknown as PostgresAnswers;
  const nothing = (): undefined => undefined;
  const floors = { keep: nothing, raise: nothing, of: nothing, lower: nothing } as unknown as PostgresFloors;
  const handOuts = new PostgresHandOuts(consumer, answers, floors);
  await handOuts.own(allShards);
  return { handOuts, held, take };
}

const early = { receipt: "2 b", attempt: 1, delayMs: 0, nextAttempt: 1 };

/** It would be handed out again while the call is tried again. */
test("what could not be answered still counts as what this worker has", async () => {
  const { handOuts, held } = await handingOut(() => Promise.reject(new Error("lost")));
  await handOuts.take(2);
  await expect(handOuts.ack(["1 a"])).rejects.toThrow("lost");
  await expect(handOuts.giveBack([early])).rejects.toThrow("lost");

  handOuts.lost();
  await handOuts.take(2);

  expect(held).toEqual([[], ["1 a", "2 b"]]);
});

/** It may be handed out again in an answer that never comes, and would then wait for the end of its lease. */
test("what was acknowledged or given back does not count as what this worker has", async () => {
  const { handOuts, held } = await handingOut(async () => undefined);
  await handOuts.take(2);
  await handOuts.ack(["1 a"]);
  await handOuts.giveBack([early]);

  handOuts.lost();
  await handOuts.take(2);

  expect(held).toEqual([[], []]);
});

test("who does not know whether a hand-out was done begins anew", async () => {
  const { handOuts, held, take } = await handingOut(async () => undefined);
  take.mockRejectedValueOnce(new Error("no answer"));
  await expect(handOuts.take(2)).rejects.toThrow("no answer");

  for (const _ of [1, 2]) await handOuts.take(2);

  expect(held).toEqual([[], []]);
});
