import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { EventsRefusedError, EventTooLargeError, QueueUnavailableError } from "../../../src/errors.ts";
import type { Message } from "../../../src/event/message.ts";
import { shardOf } from "../../../src/event/shard.ts";
import { aMessage } from "../../../src/testing/builders.ts";
import { bytesOf } from "../../../src/testing/bytes.ts";
import { chaosQueue } from "../../../src/testing/chaos.ts";
import { collect, messageOf, opened, ownAll } from "../../../src/testing/queue-driver/harness.ts";
import { recordedLog, type RecordedLog } from "../../../src/testing/recorded-log.ts";
import { sharedShards, type QueueDriver } from "../../../src/queue/driver.ts";
import { openMemoryQueue } from "../../../src/queue/drivers/memory/queue.ts";
import { MemoryQueueStore } from "../../../src/queue/drivers/memory/store.ts";
import { takeSlot, type SpillSlot } from "../../../src/queue/spill/slot.ts";
import { SpillingQueue } from "../../../src/queue/spill/spilling-queue.ts";
import { calm } from "../processing/cut-off.ts";
import { tempFolder } from "../temp-folder.ts";

export const shardOfMessage = (message: Message): number => shardOf(message, sharedShards);
export const textOfMessage = ({ body }: Message): string => Buffer.from(body).toString();

/** Messages with lanes of their own, so all over the shards; their texts are `name 0`, `name 1`, … */
export const apart = (name: string, count: number): readonly Message[] =>
  Array.from({ length: count }, (_, index) =>
    aMessage({ entity: `message:${name}-${index}`, body: bytesOf(`${name} ${index}`) }),
  );

/** What an engine does to a message. */
export type Trouble = "away" | "takes nothing" | "too large" | "full" | "odd";

type DiskTrouble = "full" | "damaged" | "cannot remove";

/** An engine in trouble, and a data folder; both outlive the queues over them. */
interface SpillWorld {
  /** The data folder. */
  readonly folder: string;
  readonly engine: QueueDriver;
  readonly open: () => Promise<SpillingQueue>;
  /** Waits until the engine has so many messages, and takes them. */
  readonly got: (count: number) => Promise<readonly Message[]>;
  readonly log: RecordedLog;
  /** The texts of each list that the engine was sent. */
  readonly sends: (readonly string[])[];
  /** Whether each of these lists was said to be sent again. */
  readonly agains: readonly boolean[];
  readonly trouble: (of: (message: Message) => Trouble | undefined) => void;
  /** From now on the engine needs so long for each list, in ms. */
  readonly slow: (ms: number) => void;
  /** From now on the engine does not even count. */
  readonly hang: () => void;
  readonly disk: (is: DiskTrouble | undefined) => void;
  /** How often the disk was asked for what waits. */
  readonly reads: () => number;
}

/** Everything ends with the test. */
export async function aWorld(): Promise<SpillWorld> {
  const folder = await tempFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const engine = openMemoryQueue(new MemoryQueueStore(() => performance.now(), sharedShards));
  await ownAll(engine);
  const log = recordedLog();
  const { driver, ...told } = inTrouble(engine);
  const { slotOn, ...disk } = aDisk();
  return {
    folder: folder.path,
    engine,
    open: async () => {
      const slot = slotOn(await takeSlot(folder.path, log.log));
      const queue = await SpillingQueue.open({ engine: driver, slot, log: log.log });
      onTestFinished(() => queue.close());
      return queue;
    },
    got: async (count) => (await collect(engine, count, { max: 500 })).map(opened),
    log,
    ...told,
    ...disk,
  };
}

/** An engine that does to a message what a test says. */
function inTrouble(
  engine: QueueDriver,
): Pick<SpillWorld, "sends" | "agains" | "trouble" | "slow" | "hang"> & { readonly driver: QueueDriver } {
  let troubleOf: (message: Message) => Trouble | undefined = none;
  const sends: (readonly string[])[] = [];
  const agains: boolean[] = [];
  let slowMs = 0;
  let hangs: Promise<never> | undefined;
  const places = (batch: readonly Message[], trouble: Trouble): number[] =>
    [...batch.entries()].flatMap(([place, message]) => (troubleOf(message) === trouble ? place : []));
  const isAway = (): boolean => troubleOf(messageOf("")) === "away";
  const driver: QueueDriver = {
    ...chaosQueue(engine, calm),
    // So that it can be opened again, as a server can.
    close: () => Promise.resolve(),
    send: async (batch, { isAgain = false } = {}) => {
      agains.push(isAgain);
      sends.push(batch.map(textOfMessage));
      if (slowMs > 0) await sleep(slowMs);
      if (isAway()) throw new QueueUnavailableError("away");
      const [large, full] = [places(batch, "too large"), places(batch, "full")];
      if (places(batch, "takes nothing").length > 0)
        throw new QueueUnavailableError("no room", { takesNothing: true });
      if (large.length > 0) throw new EventTooLargeError("raise max_payload", large);
      if (places(batch, "odd").length > 0) throw new QueueUnavailableError("odd");
      await engine.send(batch.filter((_, place) => !full.includes(place)));
      if (full.length > 0) throw new EventsRefusedError("full", full);
    },
    depth: () => hangs ?? (isAway() ? Promise.reject(new QueueUnavailableError("away")) : engine.depth()),
  };
  return {
    driver,
    sends,
    agains,
    trouble: (of) => void (troubleOf = of),
    slow: (ms) => void (slowMs = ms),
    hang: () => void (hangs = new Promise(() => undefined)),
  };
}

/** A disk that fails as a test says. */
function aDisk(): Pick<SpillWorld, "disk" | "reads"> & {
  readonly slotOn: (slot: SpillSlot) => SpillSlot;
} {
  let trouble: DiskTrouble | undefined;
  let reads = 0;
  const failing = (...troubles: readonly DiskTrouble[]): void => {
    if (trouble !== undefined && troubles.includes(trouble)) throw new QueueUnavailableError(trouble);
  };
  return {
    slotOn: (slot) => ({
      ...slot,
      add: async (...args) => {
        failing("full", "damaged");
        await slot.add(...args);
      },
      next: async (query) => {
        reads += 1;
        failing("damaged");
        return slot.next(query);
      },
      depth: async () => {
        failing("damaged");
        return slot.depth();
      },
      remove: async (ids) => {
        failing("cannot remove", "damaged");
        await slot.remove(ids);
      },
    }),
    disk: (is) => void (trouble = is),
    reads: () => reads,
  };
}

export const away = (): Trouble => "away";
export const takesNothing = (): Trouble => "takes nothing";
export const none = (): undefined => undefined;
