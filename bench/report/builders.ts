import type { Report } from "./report.ts";

/** A report for a test: nothing was measured but what is given. */
export function aReport(given: Partial<Report>): Report {
  return {
    format: 1,
    measuredAt: "2026-11-24T12:00:00.000Z",
    quick: false,
    machine: {
      cores: 2,
      processor: "a processor",
      memoryGb: 4,
      system: "Linux 6",
      node: "v24.0.0",
      sqlite: "3.50",
      fileSystem: "ext4",
      fsyncMs: 0.25,
      loadBefore: 0,
    },
    rows: [],
    charts: [],
    notes: [],
    failures: [],
    ...given,
  };
}
