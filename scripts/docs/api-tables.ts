import { readFileSync } from "node:fs";
import { createMetrics } from "../../src/api/metrics/metrics.ts";
import { openApiDocument } from "../../src/api/openapi/openapi.ts";
import { code, table } from "./marked.ts";

/** Every call of the API, from its OpenAPI document. */
export function callsTable(): string {
  const rows = Object.entries(openApiDocument.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, responses }]) => [
      code(`${method.toUpperCase()} ${path}`),
      summary,
      Object.keys(responses).join(", "),
    ]),
  );
  return table(["Call", "What it does", "Answers"], rows);
}

/** Every metric of a `serve` process, from the page itself. */
export async function metricsTable(): Promise<string> {
  const metrics = createMetrics({
    queue: { depth: async () => ({ messages: 0, oldestAgeMs: 0 }) },
    ledger: {
      stats: async () => ({
        events: { pending: 0, retrying: 0, handled: 0, obsolete: 0, dead: 0 },
        duplicates: 0,
      }),
    },
    quarantine: { count: async () => 0 },
    secretUse: async () => [{ name: "default", hits: 0, lastUsedAt: null }],
    room: async () => 0,
    replyKinds: [],
    outcomes: [],
    drift: () => new Map(),
  });
  const page = await metrics.text();
  const types = new Map(
    Array.from(page.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name, type]) => [name, type]),
  );
  const rows = Array.from(page.matchAll(/^# HELP (\S+) (.*)$/gm), ([, name = "", help = ""]) => [
    code(name),
    types.get(name) ?? "",
    help,
  ]);
  return table(["Metric", "Type", "What it tells"], rows);
}

/** Every error class that a program can meet, from its own comment. */
export function errorsTable(): string {
  const source = readFileSync(new URL("../../src/errors.ts", import.meta.url), "utf8");
  const rows = Array.from(
    source.matchAll(
      /\/\*\* ([^*]+) \*\/\nexport class (\w+) .*\n\s+override readonly code(?:: string)? = "(\w+)"/g,
    ),
    ([, says = "", name = "", stableCode = ""]) => [code(stableCode), code(name), says],
  );
  return table(["`code`", "Class", "When"], rows);
}
