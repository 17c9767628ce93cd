import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Families } from "../src/event/entity.ts";
import { parseBatch } from "../src/event/envelope.ts";
import type { Ledger } from "../src/ledger/ledger.ts";
import { openLedger } from "../src/ledger/open-ledger.ts";
import { silentLog } from "../src/log.ts";
import { Processor } from "../src/process/processor.ts";
import { openQueue } from "../src/queue/open-queue.ts";
import type { Queue } from "../src/queue/queue.ts";
import { copyNames } from "../src/receive/copy-name.ts";
import { eventText } from "./bodies.ts";

const leaseMs = 30_000;
const life = ["message.sent", "message.delivered", "message.read"];

/** Events per second from a full queue to the settled ledger, with a handler that does nothing; one for each round. */
export async function measureSettling(count: number, rounds: number): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), "hookwell-bench-"));
  const queue = await openQueue("sqlite:", folder, { leaseMs, highWater: Number.MAX_SAFE_INTEGER });
  const ledger = await openLedger("sqlite:", folder);
  const speeds: number[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      await fill(queue, count);
      speeds.push(await drain(queue, ledger, count, round * count));
    }
    return speeds;
  } finally {
    await queue.close();
    await ledger.close();
    await rm(folder, { recursive: true });
  }
}

/** Three events for each message, in order. */
async function fill(queue: Queue, count: number): Promise<void> {
  const families = new Families();
  const newCopy = copyNames();
  for (let left = count; left > 0; left -= 900) {
    const messages = Array.from({ length: Math.min(300, left / 3) }, () => randomUUID());
    const texts = messages.flatMap((id) => life.map((name, index) => eventText(name, id, index + 2)));
    const { envelopes } = parseBatch(Buffer.from(`[${texts.join(",")}]`), families);
    const receivedAt = Date.now();
    await queue.put(
      envelopes.map((envelope) => ({ ...envelope, receivedAt, copy: newCopy(), replay: false })),
    );
  }
}

async function drain(queue: Queue, ledger: Ledger, count: number, total: number): Promise<number> {
  const startedAt = performance.now();
  const processor = new Processor(
    { queue, ledger, handlers: { "*": () => undefined }, log: silentLog },
    {
      concurrency: 16,
      handlerTimeoutMs: 30_000,
      maxAttempts: 12,
      backoffMinMs: 1_000,
      backoffMaxMs: 60_000,
      leaseMs,
    },
  );
  while ((await ledger.stats()).events.handled < total)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - startedAt) / 1_000;
  await processor.close();
  return count / seconds;
}
