import { count } from "../../lib/amounts.ts";
import type { Palette } from "../view/palette.ts";
import type { HappeningKind } from "./happening.ts";

/** How often each thing has happened; it is the legend of the marks, too. Fits 80 columns. */
export function countsLine(counts: ReadonlyMap<HappeningKind, number>, palette: Palette): string {
  const { good, warn, bad, dim } = palette;
  const of = (kind: HappeningKind): string => count(counts.get(kind) ?? 0);
  return [
    good(`✓ ${of("handled")} handled`),
    `× ${of("duplicate")} repeated`,
    dim(`− ${of("obsolete")} obsolete`),
    warn(`↻ ${of("retrying")} retried`),
    bad(`✗ ${of("dead")} dead`),
  ].join("   ");
}
