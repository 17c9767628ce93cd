import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import type { Delivery, QueueDriver } from "../../queue/driver.ts";
import { aMessage } from "../builders.ts";
import { bytesOf } from "../bytes.ts";
import type { ContractCase, ContractHarness } from "../contract.ts";

/**
 * What the queue contract needs of an engine: one empty storage (a file, a database, a stream with its group), over
 * which drivers can be opened. The storage lives until `dispose`, so a driver that is opened after another was closed
 * finds what that one left. The harness remembers the drivers it opened; `dispose` closes them.
 */
export interface QueueHarness extends ContractHarness {
  /**
   * One more driver over the same storage, as another process would open it. Several are open at once; those of one
   * case all have the same lease.
   *
   * @param options `leaseMs`: 30,000 unless a case says otherwise; the shortest that a case asks for is 250
   */
  readonly open: (options?: { readonly leaseMs?: number }) => Promise<QueueDriver>;
}

export type QueueCase = ContractCase<QueueHarness>;

/** A signal for calls of `receive` that nobody ends. */
export const never: AbortSignal = new AbortController().signal;

/** Gives a consumer all shards, as if it were the only worker. */
export const ownAll = (driver: QueueDriver): Promise<void> =>
  driver.own(Array.from({ length: driver.shards }, (_, shard) => shard));

/** A consumer that has been given all shards. */
export async function owned(opening: Promise<QueueDriver>): Promise<QueueDriver> {
  const driver = await opening;
  await ownAll(driver);
  return driver;
}

/** A message with these bytes. All messages made so are of one lane, since only those have an order. */
export const messageOf = (body: string | Uint8Array): Message =>
  aMessage({ entity: "message:one", body: typeof body === "string" ? bytesOf(body) : body });

/** `count` different messages: `name 0`, `name 1`, … */
export const messages = (name: string, count: number): Message[] =>
  Array.from({ length: count }, (_, index) => messageOf(`${name} ${index}`));

/** The message of a delivery, which must be readable. */
export function opened({ message }: Pick<Delivery, "message">): Message {
  if (message instanceof RangeError) throw message;
  return message;
}

export const textOf = (delivery: Delivery): string => new TextDecoder().decode(opened(delivery).body);
export const textsOf = (deliveries: readonly Delivery[]): string[] => deliveries.map(textOf);
export const attemptsOf = (deliveries: readonly Delivery[]): number[] =>
  deliveries.map(({ attempt }) => attempt);

/**
 * Receives until there are `count` deliveries, which are not acknowledged.
 *
 * @throws {AssertionError} if they do not come within `withinMs`
 */
export async function collect(
  driver: QueueDriver,
  count: number,
  { max = 100, withinMs = 10_000 }: { readonly max?: number; readonly withinMs?: number } = {},
): Promise<readonly Delivery[]> {
  const end = performance.now() + withinMs;
  const deliveries: Delivery[] = [];
  while (deliveries.length < count) {
    assert.ok(performance.now() < end, `${deliveries.length} of ${count} messages came in ${withinMs} ms`);
    deliveries.push(...(await driver.receive(Math.min(max, count - deliveries.length), never)));
  }
  return deliveries;
}

/** The next message, by itself. */
export async function takeOne(driver: QueueDriver): Promise<Delivery> {
  const [delivery] = await collect(driver, 1);
  assert.ok(delivery !== undefined);
  return delivery;
}

/** The next two, at once. */
export async function takeTwo(driver: QueueDriver): Promise<readonly [Delivery, Delivery]> {
  const [first, second] = await collect(driver, 2);
  assert.ok(first !== undefined && second !== undefined);
  return [first, second];
}

/** Proves that nothing is handed out for this many ms. */
export async function assertSilent(driver: QueueDriver, ms: number): Promise<void> {
  const silence = AbortSignal.timeout(ms);
  while (!silence.aborted) assert.deepEqual(textsOf(await driver.receive(10, silence)), []);
}

/** Proves that the storage is empty: nothing waits, nothing is handed out, nothing is delayed. */
export async function assertEmpty(driver: QueueDriver): Promise<void> {
  assert.deepEqual(await driver.depth(), { messages: 0, oldestAgeMs: 0 });
}
