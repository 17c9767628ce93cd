/** What people are told of an engine: by `doctor`, the API and the log. */
export interface EngineReport {
  /** Name and version, such as `RabbitMQ 4.0.5`. */
  readonly engine: string;
  /** What is durable, in one sentence: which trouble an accepted event survives. */
  readonly durability: string;
  /** What an operator ought to change, a sentence each; what to do may follow it. Empty if all is well. */
  readonly warnings: readonly string[];
}

export const memoryReport: EngineReport = {
  engine: "memory",
  durability: "Nothing survives the end of the process.",
  warnings: [],
};
