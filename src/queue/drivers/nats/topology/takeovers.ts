import type { JetStreamManager } from "@nats-io/jetstream";
import { ifThereIsRoom } from "../errors.ts";
import type { NatsShard } from "./shard.ts";

/** What is written down about a shard. */
type Written = Pick<NatsShard, "generation" | "takeovers">;

/** What was read. */
interface Read extends Written {
  /** Identifies it among all that was ever written; 0: nobody has owned the shard yet. */
  readonly number: number;
}

const subjectOf = (
  stream: string,
  { incarnation, index }: Pick<NatsShard, "incarnation" | "index">,
): string => `${stream}.shard.${incarnation}.${index}`;

/** Reads who owns a shard; the consumer that belongs to it may not be there yet. */
export async function readTakeovers(
  manager: JetStreamManager,
  stream: string,
  shard: Pick<NatsShard, "incarnation" | "index">,
): Promise<Read> {
  const found = await manager.streams.getMessage(stream, { last_by_subj: subjectOf(stream, shard) });
  return { generation: 0, takeovers: [], ...found?.json<Written>(), number: found?.seq ?? 0 };
}

/**
 * Writes that a shard has another owner, unless another has done so since it was read.
 *
 * @param number what was read
 * @returns the number of what is written now; undefined if there was no room for it
 */
export async function writeTakeovers(
  manager: JetStreamManager,
  stream: string,
  shard: NatsShard,
  number: number,
): Promise<number | undefined> {
  const { generation, takeovers } = shard;
  const text = JSON.stringify({ generation, takeovers } satisfies Written);
  const expect = { lastSubjectSequence: number };
  const writing = manager.jetstream().publish(subjectOf(stream, shard), text, { expect });
  return (await ifThereIsRoom(writing))?.seq;
}
