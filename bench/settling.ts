import { setTimeout as sleep } from "node:timers/promises";
import { under } from "./measure.ts";
import { hookwell, type Hookwell, type HookwellOptions, startHookwell } from "./servers/hookwell.ts";
import { type Memory, memoryIsKnown, memoryOf } from "./servers/memory.ts";

/** How events are put into a queue: arrays of so many, of which their number is a multiple, over so many connections. */
const filling = { connections: 4, batch: 500 };

/** Lets `hookwell receive` put events into the queue of a data folder, or of the options, where they wait. */
export async function fill(
  folder: string,
  events: number,
  { batch = filling.batch, ...options }: HookwellOptions & { readonly batch?: number } = {},
): Promise<{ readonly memory: Memory | null }> {
  const receiver = await startHookwell("receive", folder, options);
  try {
    await under(
      { ...filling, batch, warmUpSeconds: 0, until: { requests: events / batch } },
      receiver,
      hookwell,
    );
    return { memory: memoryIsKnown ? memoryOf(receiver.pid) : null };
  } finally {
    await receiver.stop();
  }
}

/** What it took to settle what waited. */
export interface Settling {
  readonly perSecond: number;
  readonly memory: Memory | null;
}

/** Lets `hookwell process` settle everything that waits in a data folder. */
export async function settle(folder: string): Promise<Settling> {
  const processor = await startHookwell("process", folder);
  try {
    // The first events are settled before the first look, so only what comes after it counts.
    const [from, startedAt] = [await processor.stats(), performance.now()];
    const to = await untilSettled(processor);
    const seconds = (performance.now() - startedAt) / 1_000;
    return {
      perSecond: (to - from.events.handled) / seconds,
      memory: memoryIsKnown ? memoryOf(processor.pid) : null,
    };
  } finally {
    await processor.stop();
  }
}

/**
 * Waits until nothing waits, and tells how many events were handled.
 *
 * @throws {Error} if an event was not handled but dropped or given up: then it was something else that was measured
 */
export async function untilSettled(server: Hookwell): Promise<number> {
  for (;;) {
    const { queue, events } = await server.stats();
    if (events.obsolete > 0 || events.dead > 0) {
      throw new Error(`${events.obsolete} events were obsolete and ${events.dead} failed; none should be.`);
    }
    if (queue.depth === 0) return events.handled;
    await sleep(25);
  }
}
