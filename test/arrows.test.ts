import { execFile } from "node:child_process";
import { cp, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tempFolder, type TempFolder } from "./support/temp-folder.ts";

const root = dirname(fileURLToPath(new URL("../package.json", import.meta.url)));
const require = createRequire(import.meta.url);
const config = require("../.dependency-cruiser.cjs") as {
  readonly forbidden: readonly { readonly name: string }[];
};

/** A line that somebody might write, where, and the rule that forbids it; each rule has one at least. */
const forbidden: readonly (readonly [rule: string, folder: string, line: string])[] = [
  ["event-knows-only-itself", "event", 'import "../queue/queue.ts";'],
  ["event-knows-only-itself", "event", 'import type { Ledger } from "../ledger/ledger.ts";'],
  ["event-uses-only-crypto-of-the-platform", "event", 'import "node:fs/promises";'],
  ["event-uses-only-crypto-of-the-platform", "event", 'import "node:path";'],
  ["event-uses-only-crypto-of-the-platform", "event", 'import "commander";'],
  ["queue-knows-only-event", "queue", 'import "../receive/reply.ts";'],
  ["ledger-knows-only-event", "ledger", 'import "../queue/queue.ts";'],
  ["receive-knows-only-event-queue", "receive", 'import "../ledger/ledger.ts";'],
  ["receive-knows-only-event-queue", "receive", 'void import("../process/processor.ts");'],
  ["process-knows-only-event-queue-ledger", "process", 'import "../receive/receive.ts";'],
  ["api-knows-only-event-queue-ledger-schema", "api", 'import "../process/processor.ts";'],
  ["api-knows-only-event-queue-ledger-schema", "api", 'export * from "../receive/quarantine.ts";'],
  ["adapters-knows-only-event-receive", "adapters", 'import "../queue/queue.ts";'],
  ["server-knows-only-itself", "server", 'import "../api/api.ts";'],
  ["sender-api-knows-only-itself", "sender-api", 'import "../event/names.ts";'],
  ["sandbox-knows-only-event-sender-api", "sandbox", 'import "../receive/receive.ts";'],
  ["client-knows-only-sender-api", "client", 'import "../sandbox/index.ts";'],
  ["schema-knows-only-event", "schema", 'import "../sandbox/samples.ts";'],
  [
    "kit-knows-only-adapters-config-event-ledger-process-queue-receive-sandbox",
    "kit",
    'import "../api/api.ts";',
  ],
  [
    "testing-knows-only-event-queue-driver-ts-queue-drivers-memory-ledger-driver-ts-ledger-record-ts",
    "testing",
    'import "../queue/queue.ts";',
  ],
  ["config-knows-only-event-process-handlers-ts", "config", 'import "../process/processor.ts";'],
  ["drivers-are-opened-by-url", "process", 'import "../queue/drivers/memory/queue.ts";'],
  ["engines-do-not-know-each-other", "queue/drivers/sqlite", 'import "../memory/queue.ts";'],
  [
    "engines-do-not-know-each-other",
    "ledger/drivers/postgres",
    'import "../../../queue/drivers/postgres/queue.ts";',
  ],
  ["nobody-imports-the-top", "api", 'import "../index.ts";'],
  ["nobody-imports-the-top", "adapters", 'import "../cli/view/palette.ts";'],
  ["only-the-top-imports-the-wiring", "server", 'import "../app.ts";'],
  ["only-the-top-imports-the-wiring", "receive", 'import "../open-quarantine.ts";'],
  ["plain-words-know-only-each-other", "lib", 'import "../event/envelope.ts";'],
  ["tests-stay-outside", "api", 'import "../../test/support/seeds.ts";'],
  ["tests-stay-outside", "api", 'import "./stats.test.ts";'],
  ["only-tests-use-the-testing-kit", "lib", 'import "../testing/chaos.ts";'],
  ["nobody-imports-the-console", "api", 'import "../../console/src/address.ts";'],
  [
    "the-console-knows-the-contract-of-the-api",
    "../console/src",
    'import type { Ledger } from "../../src/ledger/ledger.ts";',
  ],
  ["no-cycle", "event", 'import { number } from "./example-of-a-cycle.ts";'],
];

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

const fileOf = (folder: string, index: number): string => join("src", folder, `example-${index}.ts`);

let folder: TempFolder;
let report: Report;

beforeAll(async () => {
  folder = await tempFolder();
  for (const part of [
    "src",
    "console",
    "test/support",
    "tsconfig.json",
    "package.json",
    ".dependency-cruiser.cjs",
  ]) {
    await cp(join(root, part), join(folder.path, part), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(folder.path, "node_modules"));
  for (const [index, [, place, line]] of forbidden.entries()) {
    await writeFile(join(folder.path, fileOf(place, index)), `${line}\nexport const number = ${index};\n`);
  }
  const cycle = forbidden.findIndex(([rule]) => rule === "no-cycle");
  await writeFile(
    join(folder.path, "src/event/example-of-a-cycle.ts"),
    `export { number } from "./example-${cycle}.ts";\n`,
  );
  const checker = join(root, "node_modules/.bin/depcruise");
  const args = [checker, "src", "console", "--output-type", "json"];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: folder.path,
    maxBuffer: 64 * 1024 * 1024,
  });
  report = JSON.parse(stdout) as Report;
}, 60_000);

afterAll(() => folder[Symbol.asyncDispose]());

test("the checker sees our files, since it can see none and report success", () => {
  expect(report.summary.totalCruised).toBeGreaterThan(100);
});

test.each(forbidden.map(([rule, place, line], index) => ({ rule, place, line, index })))(
  "$line in $place is caught by $rule",
  ({ rule, place, index }) => {
    const file = fileOf(place, index);

    const caught = report.summary.violations
      .filter(({ from }) => from === file)
      .map((found) => found.rule.name);

    expect(caught).toContain(rule);
  },
);

test("nothing else is caught: the arrows hold everywhere", () => {
  const others = report.summary.violations.filter(({ from }) => !from.includes("example-"));

  expect(others).toEqual([]);
});

test("there is a proof for every rule", () => {
  const proven = new Set(forbidden.map(([rule]) => rule));

  expect(config.forbidden.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
});
