/** A shard as the server has it: one consumer, which all processes pull from. */
export interface NatsShard {
  readonly index: number;
  readonly consumer: string;
  /** See `incarnationOf`. */
  readonly incarnation: string;
  /**
   * Each time that the shard was taken from its last owner: up to which sequence number messages had been handed out by
   * then. The server then began to count anew.
   */
  readonly takeovers: readonly number[];
  readonly generation: number;
}

/** The name of a consumer has its generation, so that an answer to an older one never hits a message of a newer one. */
export function natsShard(
  index: number,
  incarnation: string,
  known: Pick<NatsShard, "generation" | "takeovers">,
): NatsShard {
  const { generation, takeovers } = known;
  return { index, incarnation, generation, takeovers, consumer: `${index}-${incarnation}-${generation}` };
}
