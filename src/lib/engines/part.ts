/** The parts that have an engine. */
export type Part = "queue" | "ledger";
export const parts: readonly Part[] = ["queue", "ledger"];

/** The setting that a part has its URL from. */
export const settingOf = (part: Part): string => `HOOKWELL_${part.toUpperCase()} (--${part})`;
