import { describe, expect, test } from "vitest";
import { testServer } from "../../../test/support/network/http-server.ts";
import { eventually } from "../../testing/eventually.ts";
import { runCli, startCli } from "../../../test/support/program/cli.ts";

const cwd = "/";

describe("on a terminal", () => {
  test.each([80, 160])(
    "of %i columns it says where it is, how to log in and what to type next",
    async (columns) => {
      const cli = startCli(["sandbox", "--port", "0", "--seed", "7", "--duplicate", "10%", "--outage"], {
        cwd,
        columns,
      });
      await eventually(async () => expect(cli.stderr()).toContain("Ctrl-C stops."));
      cli.signal("SIGINT");

      const welcome = cli.stderr();
      expect(await cli.exit).toBe(0);
      for (const part of [
        "sandbox-token",
        "user sandbox, password sandbox",
        "00000000-0000-4000-8000-000000000001",
      ]) {
        expect(welcome).toContain(part);
      }
      expect(welcome).toContain("duplicate 10%, outage");
      expect(welcome).toMatch(/export HOOKWELL_API=http:\/\/127\.0\.0\.1:\d+\n/);
      expect(Math.max(...welcome.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
    },
  );
});

describe("it does not start", () => {
  test("on a port that is taken: one sentence, exit code 1", async () => {
    await using other = await testServer((_, response) => response.end());
    const { port } = new URL(other.url);

    const { code, stderr } = await runCli(["sandbox", "--port", port], { cwd });

    expect(code).toBe(1);
    expect(stderr).toBe(
      `✗ --port is ${port}, which another program uses already: choose another one, or 0 for any free one.\n`,
    );
  });

  test.each([
    ["--scenario", "strom", "write one of storm, outage, shuffle, rotation."],
    ["--schedule", "C", "write one of A, B."],
    ["--cut", "120%", "write a share such as 0.1 or 10%."],
    ["--region", "r4", "write one of r1, r2, r3."],
  ])("with %s %s: what there is, exit code 2", async (flag, value, advice) => {
    const { code, stderr } = await runCli(["sandbox", flag, value], { cwd });

    expect(code).toBe(2);
    expect(stderr).toContain(advice);
  });

  test("on a file that is none of its own: it names the file", async () => {
    const { code, stderr } = await runCli(["sandbox", "--data", new URL(import.meta.url).pathname], { cwd });

    expect(code).toBe(1);
    expect(stderr).toMatch(/The file \/.* is not the data of a sandbox; name another\./s);
  });
});
