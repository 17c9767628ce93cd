import { printableJson } from "../../lib/printable.ts";

/** A line of what `--json` prints. */
export const jsonLine = (value: unknown): string => `${printableJson(JSON.stringify(value))}\n`;
