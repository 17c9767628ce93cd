import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markdownOf, withFigures } from "./markdown.ts";
import type { Report } from "./report.ts";
import { svgOf } from "./svg.ts";

/** Writes the figures into `performance.md`, and the charts into the folder beside it. */
export function writeDocs(report: Report, docs: string): void {
  const page = join(docs, "performance.md");
  writeFileSync(page, withFigures(readFileSync(page, "utf8"), markdownOf(report)));
  mkdirSync(join(docs, "performance"), { recursive: true });
  for (const chart of report.charts)
    writeFileSync(join(docs, "performance", `${chart.name}.svg`), svgOf(chart));
}
