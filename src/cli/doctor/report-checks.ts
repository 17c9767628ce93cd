import type { EngineReport } from "../../api/contract.ts";
import { type Check, ok, warn } from "./check.ts";

/** What an engine is and keeps, and what ought to be changed. */
export function reportChecks(
  topic: string,
  { engine, durability, warnings }: EngineReport,
): readonly Check[] {
  const cure = "docs/engines.md tells how to set the server up.";
  return [ok(topic, `${engine}: ${durability}`), ...warnings.map((says) => warn(topic, says, cure))];
}
