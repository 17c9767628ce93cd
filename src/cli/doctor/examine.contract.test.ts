import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { type Finished, runCli } from "../../../test/support/program/cli.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { testServer } from "../../../test/support/network/http-server.ts";
import { writeServerInfo } from "../../config/folder/server-notes.ts";
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

    const doctor = (): Promise<Finished> => runCli(["doctor"], { cwd: folder.path, env, openLocalApi });

    const before = await doctor();
    await (await openPostgresQueue(schema.url, { leaseMs: 30_000 })).close();
    const half = await doctor();
    await (await openPostgresLedger(schema.url)).close();
    const after = await doctor();

    const stores = "✓ Stores        as seen from here:";
    expect(before.stdout).toContain(`${stores} no ledger yet, no queue yet`);
    expect(half.stdout).toContain(`${stores} no ledger yet, 0 waiting`);
    expect(after.stdout).toContain(`${stores} 0 events kept, 0 waiting`);
    expect([before.code, half.code, after.code]).toEqual([0, 0, 0]);
  },
);

test.skipIf(!(await answers("postgres")))(
  "what a server keeps is told also while the Hookwell of the data folder does not answer",
  async () => {
    await using folder = await tempFolder();
    await using schema = ownSchema();
    await using silent = await testServer(() => undefined);
    await (await openPostgresQueue(schema.url, { leaseMs: 30_000 })).close();
    await (await openPostgresLedger(schema.url)).close();
    await writeServerInfo(folder.path, "api", { url: `${silent.url}/`, pid: process.pid });
    const env = {
      PORT: "0",
      HOOKWELL_DATA: folder.path,
      HOOKWELL_QUEUE: schema.url,
      HOOKWELL_LEDGER: schema.url,
    };

    const { stdout } = await runCli(["doctor"], { cwd: folder.path, env, openLocalApi });

    expect(stdout).toContain(`✗ Server        ${silent.url} (process ${process.pid}) does not answer`);
    expect(stdout).toContain("✓ Stores        as seen from here: 0 events kept, 0 waiting");
  },
);
