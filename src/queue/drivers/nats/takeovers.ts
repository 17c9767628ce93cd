import type { JetStreamManager } from "@nats-io/jetstream";
import { ifThereIsRoom } from "./errors.ts";
import type { NatsShard } from "./shard.ts";

/** What is written down of a shard. */
interface Written extends Pick<NatsShard, "generation" | "takeovers"> {
  /** True once its owner left in good order and holds nothing of it. */
  readonly isLeft: boolean;
}

const subjectOf = (
  stream: string,
  { incarnation, index }: Pick<NatsShard, "incarnation" | "index">,
): string => `${stream}.shard.${incarnation}.${index}`;

/** Undefined if nobody has owned it yet. The consumer that belongs to it may not be there yet. */
export async function readTakeovers(
  manager: JetStreamManager,
  stream: string,
  shard: Pick<NatsShard, "incarnation" | "index">,
): Promise<Written | undefined> {
  const found = await manager.streams.getMessage(stream, { last_by_subj: subjectOf(stream, shard) });
  return found?.json<Written>();
}

/**
 * Writes that a shard has an owner, or has none any more.
 *
 * @param claim what the owner was given when it came; a later owner makes it void
 * @returns the claim; undefined if there was no room for it
 */
export async function writeTakeovers(
  manager: JetStreamManager,
  stream: string,
  shard: NatsShard,
  claim?: number,
): Promise<number | undefined> {
  const { generation, takeovers } = shard;
  const text = JSON.stringify({ generation, takeovers, isLeft: claim !== undefined } satisfies Written);
  const expect = claim === undefined ? {} : { expect: { lastSubjectSequence: claim } };
  const writing = manager.jetstream().publish(subjectOf(stream, shard), text, expect);
  return (await ifThereIsRoom(writing))?.seq;
}
