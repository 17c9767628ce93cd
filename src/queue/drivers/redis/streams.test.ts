import { expect, test } from "vitest";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { sharedShards } from "../../driver.ts";
import type { RedisClient } from "./connection/client.ts";
import { RedisStreams } from "./streams.ts";
import type { RedisPlace } from "./connection/url.ts";

/** A connection whose server found so many streams, and answers when it is told to. */
function slow(found: number): { readonly client: RedisClient; readonly answer: () => void } {
  const { promise, resolve } = Promise.withResolvers<number>();
  const sendCommand = (): Promise<number> => promise;
  return { client: { sendCommand } as unknown as RedisClient, answer: () => resolve(found) };
}

const place = { prefix: "{hookwell}", shown: "redis://here" } as RedisPlace;

test("streams that one of two connections has just made are not lost, whichever hears of it first", async () => {
  const { log, facts } = recordedLog();
  const streams = new RedisStreams(place, { log });
  const [maker, other] = [slow(0), slow(sharedShards)];
  const opened = [streams.open(maker.client), streams.open(other.client)];

  other.answer();
  await opened[1];
  maker.answer();
  await opened[0];

  expect(facts()).toEqual([]);
});

test("streams that were there and are not when a connection is made again are told as lost, once", async () => {
  const { log, facts } = recordedLog();
  const streams = new RedisStreams(place, { log });

  for (const found of [sharedShards, sharedShards - 1, sharedShards]) {
    const { client, answer } = slow(found);
    answer();
    await streams.open(client);
  }

  expect(facts()).toEqual(["queue.stream_lost"]);
});
