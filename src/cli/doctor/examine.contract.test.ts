import { expect, test } from "vitest";
import { answers } from "../../../test/support/engines.ts";
import { runCli } from "../../../test/support/cli.ts";
import { ownSchema } from "../../../test/support/postgres-harness.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { openLocalApi } from "../../local-api.ts";

test.skipIf(!(await answers("postgres")))(
  "what a server keeps is told as it is seen from this machine, and not as if it were in the data folder",
  async () => {
    await using folder = await tempFolder();
    await using schema = ownSchema();
    const env = {
      PORT: "0",
      HOOKWELL_DATA: folder.path,
      HOOKWELL_QUEUE: schema.url,
      HOOKWELL_LEDGER: schema.url,
    };

    const { stdout } = await runCli(["doctor"], { cwd: folder.path, env, openLocalApi });

    expect(stdout).toContain("✓ Stores        as seen from here: 0 events kept, 0 waiting");
  },
);
