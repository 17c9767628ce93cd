/** A shard as the server has it: one consumer, which all processes pull from. */
export interface NatsShard {
  readonly index: number;
  readonly consumer: string;
  /** See `incarnationOf`. */
  readonly incarnation: string;
  /**
   * Where messages of it were taken from their last owner: up to which sequence number they had been handed out each
   * time. The server then began to count anew.
   */
  readonly takeovers: readonly number[];
  readonly generation: number;
}
