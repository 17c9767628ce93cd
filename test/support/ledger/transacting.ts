import type { Message } from "../../../src/event/message.ts";
import { openPostgresLedger } from "../../../src/ledger/drivers/postgres/ledger.ts";
import { Ledger } from "../../../src/ledger/ledger.ts";
import type { Handler } from "../../../src/process/handlers.ts";
import { Processor, type ProcessorOptions } from "../../../src/process/processor.ts";
import { memoryQueue } from "../../../src/queue/drivers/memory/queue.ts";
import { Queue } from "../../../src/queue/queue.ts";
import { recordedLog, type RecordedLog } from "../../../src/testing/recorded-log.ts";
import { type OwnSchema, ownSchema } from "../drivers/postgres-harness.ts";

export const options: ProcessorOptions = {
  concurrency: 4,
  handlerTimeoutMs: 5_000,
  maxAttempts: 3,
  backoffMinMs: 1,
  backoffMaxMs: 5,
  leaseMs: 30_000,
};

/** For handlers that are to be over their time. */
export const impatient = { handlerTimeoutMs: 500 };

export interface Running extends AsyncDisposable {
  readonly schema: OwnSchema;
  readonly ledger: Ledger;
  readonly log: RecordedLog;
  /** Runs as they are told of, by their outcome. */
  readonly outcomes: readonly string[];
  put(message: Message): Promise<void>;
  /** Rows that handlers wrote. */
  effects(): Promise<readonly unknown[]>;
}

/** A processor over a ledger in PostgreSQL, with a table of the user's own beside it. */
export async function running(handler: Handler, how: Partial<ProcessorOptions> = {}): Promise<Running> {
  const schema = ownSchema();
  const ledger = new Ledger(await openPostgresLedger(schema.url));
  await schema.query(`create table ${schema.name}.effect (event text unique deferrable initially deferred)`);
  const queue = new Queue(memoryQueue(), { highWater: 1_000 });
  const log = recordedLog();
  const outcomes: string[] = [];
  const onAttempt = (outcome: string): void => void outcomes.push(outcome);
  const processor = new Processor(
    { queue, ledger, handlers: { "*": handler }, log: log.log, onAttempt },
    { ...options, ...how },
  );
  return {
    schema,
    ledger,
    log,
    outcomes,
    put: (message) => queue.put([message]),
    effects: async () =>
      (await schema.query(`select event from ${schema.name}.effect`)).map(({ event }) => event),
    [Symbol.asyncDispose]: async () => {
      await processor.close(100);
      await queue.close();
      await ledger.close();
      await schema[Symbol.asyncDispose]();
    },
  };
}

/** What a call throws at once. */
export function errorOf(call: () => unknown): string {
  try {
    call();
    return "nothing";
  } catch (error) {
    return String(error);
  }
}
