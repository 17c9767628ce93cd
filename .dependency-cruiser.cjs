/**
 * The arrows of ARCHITECTURE.md. A folder may import itself, what is listed here, and the plain words that everybody
 * may use; everything else is forbidden.
 */
const plain = "^src/(errors|log)\\.ts$|^src/lib/";

/** From → what it may import beside itself and the plain words. */
const arrows = {
  event: [],
  queue: ["event"],
  ledger: ["event"],
  receive: ["event", "queue"],
  process: ["event", "queue", "ledger"],
  api: ["event", "queue", "ledger", "schema"],
  adapters: ["event", "receive"],
  server: [],
  "sender-api": [],
  sandbox: ["event", "sender-api"],
  client: ["sender-api"],
  schema: ["event"],
  kit: ["adapters", "config", "event", "ledger", "process", "queue", "receive", "sandbox"],
  testing: ["event", "queue/driver.ts", "queue/drivers/memory", "ledger/driver.ts", "ledger/record.ts"],
  config: ["event", "process/handlers.ts"],
};

const allowed = (from, to) => ({
  name: `${from}-knows-only-${to.join("-") || "itself"}`.replaceAll(/[/.]/g, "-"),
  severity: "error",
  from: { path: `^src/${from}/`, pathNot: "\\.test\\.ts$" },
  to: { path: "^src/", pathNot: [plain, `^src/${from}/`, ...to.map((name) => `^src/${name}`)] },
});

/** The files beside the folders wire everything; only the command line and the public door are above them. */
const wiring = "^src/(?!(errors|log|index)\\.ts$)[^/]+\\.ts$";

module.exports = {
  forbidden: [
    ...Object.entries(arrows).map(([from, to]) => allowed(from, to)),
    {
      name: "event-uses-only-crypto-of-the-platform",
      severity: "error",
      from: { path: "^src/event/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core", "npm"], pathNot: "^(node:)?(crypto|zlib)$" },
    },
    {
      name: "drivers-are-opened-by-url",
      comment: "Only open-*.ts reaches a driver, late; a driver never another engine's.",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: ["\\.test\\.ts$", "^src/(queue|ledger)/(open-|drivers/)", "^src/(testing|kit)/"],
      },
      to: { path: "^src/(queue|ledger)/drivers/" },
    },
    {
      name: "engines-do-not-know-each-other",
      severity: "error",
      from: { path: "^src/(queue|ledger)/drivers/([^/]+)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/(queue|ledger)/drivers/", pathNot: "^src/$1/drivers/$2/" },
    },
    {
      name: "nobody-imports-the-top",
      severity: "error",
      from: { path: "^src/", pathNot: ["\\.test\\.ts$", "^src/(cli/|index\\.ts$)"] },
      to: { path: "^src/(cli/|index\\.ts$)" },
    },
    {
      name: "only-the-top-imports-the-wiring",
      severity: "error",
      from: { path: "^src/", pathNot: ["\\.test\\.ts$", wiring, "^src/(cli/|index\\.ts$)"] },
      to: { path: wiring },
    },
    {
      name: "plain-words-know-only-each-other",
      severity: "error",
      from: { path: plain, pathNot: "\\.test\\.ts$" },
      to: { path: "^src/", pathNot: plain },
    },
    {
      name: "tests-stay-outside",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.test\\.ts$" },
      to: { path: "^test/|\\.test\\.ts$" },
    },
    {
      name: "only-tests-use-the-testing-kit",
      severity: "error",
      from: { path: "^src/", pathNot: ["\\.test\\.ts$", "^src/testing/"] },
      to: { path: "^src/testing/" },
    },
    {
      name: "the-console-knows-the-contract-of-the-api",
      comment: "Its types, and the words of `lib` that need no platform.",
      severity: "error",
      from: { path: "^console/" },
      to: { path: "^src/", pathNot: "^src/(api/contract|lib/(amounts|times|indent-json|printable))\\.ts$" },
    },
    {
      name: "nobody-imports-the-console",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^console/" },
    },
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    // Our own files, packages, and modules of the platform such as `fs/promises`.
    includeOnly: "^(src|test|console)/|node_modules|^node:|^[a-z0-9_/]+$",
  },
};
