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
export function natsShard(shard: Omit<NatsShard, "consumer">): NatsShard {
  return { ...shard, consumer: `${shard.index}-${shard.incarnation}-${shard.generation}` };
}
