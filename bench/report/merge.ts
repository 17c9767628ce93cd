import { machineLines } from "./machine.ts";
import type { Report } from "./report.ts";

/**
 * An earlier report in which some groups were measured anew; everything else in it stays as it is.
 *
 * @param order names of all groups, as they are shown
 */
export function withGroups(
  earlier: Report,
  anew: Report,
  { groups, order }: { readonly groups: readonly string[]; readonly order: readonly string[] },
): Report {
  const isKept = ({ group }: { readonly group: string }): boolean => !groups.includes(group);
  const rows = [...earlier.rows.filter(isKept), ...anew.rows];
  const names = new Set(anew.charts.map(({ name }) => name));
  return {
    ...earlier,
    rows: rows.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group)),
    charts: [...earlier.charts.filter(({ name }) => !names.has(name)), ...anew.charts],
    notes: [...new Set([...earlier.notes, originOf(anew, groups), ...anew.notes])],
    failures: [...earlier.failures.filter(isKept), ...anew.failures],
  };
}

function originOf({ measuredAt, machine }: Report, groups: readonly string[]): string {
  const where = machineLines(machine).join("; ");
  return `Of another run, on ${measuredAt.slice(0, 10)}: ${groups.join(", ")}. ${where}.`;
}
