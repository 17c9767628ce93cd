import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readServerInfos } from "../../src/config/folder/server-notes.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { root, start } from "../support/program/built.ts";
import { clientOf, testSecret, testToken } from "../support/program/client.ts";
import { freePort } from "../support/network/free-port.ts";
import { tempFolder } from "../support/temp-folder.ts";

const foreman = fileURLToPath(import.meta.resolve("foreman/nf.js"));

/** As a host that sets PORT starts it: from the Procfile, with the settings of app.json. */
async function startProcfile(port: string, data: string): ReturnType<typeof start> {
  const app = JSON.parse(await readFile(join(root, "app.json"), "utf8")) as {
    readonly env: Readonly<Record<string, { readonly value?: string }>>;
  };
  const fixed = Object.entries(app.env).flatMap(([name, { value }]) =>
    value === undefined ? [] : [[name, value]],
  );
  const generated = { HOOKWELL_SECRET: testSecret, HOOKWELL_TOKEN: testToken };
  return start(process.execPath, [foreman, "start"], {
    cwd: root,
    env: {
      ...Object.fromEntries(fixed),
      ...generated,
      PORT: port,
      HOOKWELL_DATA: data,
      HOOKWELL_EVENT_LOG: "off",
    },
    ready: /"app\.ready"/,
    group: true,
  });
}

test("the Procfile starts a server on PORT that takes signed events and stops on SIGINT", async () => {
  await using folder = await tempFolder();
  const port = await freePort();
  await using host = await startProcfile(port, join(folder.path, "data"));
  const hookwell = clientOf(`http://127.0.0.1:${port}/`);
  const body = await readFile(join(root, "src/sandbox/samples/message.delivered.json"));

  const { status, json } = await hookwell.send(body);
  await hookwell.settled();
  process.kill(host.pid, "SIGINT");
  await host.exited;

  expect({ status, json }).toEqual({ status: 200, json: { accepted: 1 } });
  expect(host.readyLine).toContain(`http://0.0.0.0:${port}/`);
  expect(host.lines.join("\n")).toMatch(/"app\.stopping".*"SIGINT"/);
  expect(host.lines.join("\n")).toContain("Exited Successfully");
});

test("SIGTERM to the server, as a host sends it to every process, stops it without an error", async () => {
  await using folder = await tempFolder();
  const port = await freePort();
  const data = join(folder.path, "data");
  await using host = await startProcfile(port, data);
  const [{ pid } = { pid: 0 }] = await readServerInfos(data, "api");
  expect(pid).toBeGreaterThan(1);

  process.kill(pid, "SIGTERM");

  await eventually(() => expect(host.lines.join("\n")).toContain("Exited Successfully"));
  expect(host.lines.join("\n")).toMatch(/"app\.stopping".*"SIGTERM"/);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow("fetch failed");
});
