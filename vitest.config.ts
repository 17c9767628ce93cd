import { defineConfig, type ViteUserConfig } from "vitest/config";
import { NoSkips } from "./test/support/no-skips.ts";

const inCi = process.env["CI"] === "true";

const project = (name: string, include: string[], testTimeout = 30_000) => ({
  test: { name, include, testTimeout, hookTimeout: 60_000, environment: "node" as const },
});

const config: ViteUserConfig = defineConfig({
  test: {
    expect: { poll: { timeout: 20_000 } },
    // Most tests wait for a disk, a timer or another process, so there may be more of them than cores.
    maxWorkers: 3,
    // In CI nothing may be narrowed or left out.
    allowOnly: !inCi,
    reporters: inCi ? ["default", new NoSkips()] : ["default"],
    projects: [
      project("unit", [
        "src/**/*.test.ts",
        "console/src/*.test.ts",
        "test/*.test.ts",
        "bench/**/*.test.ts",
        "torture/**/*.test.ts",
        "!src/**/*.contract.test.ts",
      ]),
      project("contracts", ["src/**/*.contract.test.ts"], 120_000),
      project("e2e", ["test/e2e/**/*.test.ts"], 120_000),
      {
        test: {
          // As with Jest, the globals of a test are not those of Node itself there. In processes of their own, since a
          // thread of Vitest's that crashes in native code takes the whole run along.
          ...project("realm", [
            "src/create-receiver*.test.ts",
            "src/adapters/web.test.ts",
            "src/kit/create-test-kit.test.ts",
          ]).test,
          pool: "vmForks",
        },
      },
      {
        test: {
          name: "types",
          include: [],
          typecheck: { enabled: true, only: true, include: ["test/**/*.test-d.ts"] },
        },
      },
    ],
  },
});

export default config;
