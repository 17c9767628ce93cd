import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { createMetrics } from "../src/api/metrics/metrics.ts";
import { attemptOutcomes } from "../src/process/processor.ts";
import { replyKinds } from "../src/receive/reply.ts";
import { root } from "./support/program/built.ts";

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly expr: string }[];
  }[];
}

/** What a process tells that receives, processes and keeps events on its disk while a server is away. */
const metrics = createMetrics({
  queue: { depth: async () => ({ messages: 3, oldestAgeMs: 1, spilled: 2 }) },
  ledger: {
    stats: async () => ({
      events: { pending: 0, retrying: 0, handled: 0, obsolete: 0, dead: 0 },
      duplicates: 0,
    }),
  },
  quarantine: { count: async () => 0 },
  secretUse: async () => [],
  room: async () => 0,
  replyKinds,
  outcomes: attemptOutcomes,
});

test("each rule for Prometheus asks for metrics and labels that there are", async () => {
  const file = await readFile(join(root, "deploy/prometheus-rules.yaml"), "utf8");
  const rules = (parse(file) as Rules).groups.flatMap((group) => group.rules);
  const lines = (await metrics.text()).split("\n");
  const isThere = (series: string): boolean =>
    lines.some((line) => line.startsWith(`${series} `) || line.startsWith(`${series}{`));

  const asked = rules.map(({ expr }) => expr.match(/(?:hookwell|process)_\w+(\{[^}]*\})?/g) ?? []);

  expect(asked.length).toBeGreaterThan(5);
  expect(asked).not.toContainEqual([]);
  expect(asked.flat().filter((series) => !isThere(series))).toEqual([]);
});
