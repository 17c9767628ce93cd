import { table } from "../../scripts/docs/marked.ts";
import { cellsOf, titles } from "./cells.ts";
import { machineLines } from "./machine.ts";
import { notesOf, type Report } from "./report.ts";
import { quickNote } from "./text.ts";

/** The figures as a part of a page; charts are files in the folder `performance` beside it. */
export function markdownOf(report: Report): string {
  const { rows, notes, failures, charts } = report;
  const remarks = [
    ...(report.quick ? [quickNote] : []),
    ...notes,
    ...notesOf(rows),
    ...failures.map(({ group, why }) => `Not measured: ${group}. ${why}`),
  ];
  return [
    `Measured on ${report.measuredAt.slice(0, 10)}.\n${machineLines(report.machine)
      .map((line) => `- ${line}`)
      .join("\n")}`,
    table(
      Object.values(titles),
      rows.map((row) => {
        const { what, measured, against, ratio, spread, bar } = cellsOf(row);
        return [what.replace(/^ +/, "… "), measured, against, ratio, spread, bar];
      }),
    ),
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `- ${remark}`).join("\n")]),
    ...charts.map(({ name, title }) => `![${title}](performance/${name}.svg)`),
  ].join("\n\n");
}

const begin = "<!-- figures: written by `npm run bench -- --docs` -->";
const end = "<!-- end of figures -->";

/** The page with other figures between its marks. */
export function withFigures(page: string, figures: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The page lacks the marks ${begin} and ${end}.`);
  const part = `<!-- prettier-ignore-start -->\n\n${figures}\n\n<!-- prettier-ignore-end -->`;
  return `${page.slice(0, from + begin.length)}\n${part}\n${page.slice(to)}`;
}
