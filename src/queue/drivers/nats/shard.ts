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
