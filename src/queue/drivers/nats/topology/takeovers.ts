import type { JetStreamManager } from "@nats-io/jetstream";
import { ifThereIsRoom } from "../errors.ts";
import { type NatsShard, natsShard } from "./shard.ts";

/** What is written down about a shard. */
type Written = Pick<NatsShard, "generation" | "takeovers">;

type Named = Pick<NatsShard, "incarnation" | "index">;

const subjectOf = (stream: string, { incarnation, index }: Named): string =>
  `${stream}.shard.${incarnation}.${index}`;

/**
 * Reads how a shard was taken over last; its consumer may not be there yet.
 *
 * @returns also the number of what was read among all that was ever written; 0: nobody has owned the shard yet
 */
export async function readTakeovers(
  manager: JetStreamManager,
  stream: string,
  { index, incarnation }: Named,
): Promise<{ readonly shard: NatsShard; readonly number: number }> {
  const last_by_subj = subjectOf(stream, { index, incarnation });
  const found = await manager.streams.getMessage(stream, { last_by_subj });
  const { generation, takeovers } = found?.json<Written>() ?? { generation: 0, takeovers: [] };
  return { shard: natsShard({ index, incarnation, generation, takeovers }), number: found?.seq ?? 0 };
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
