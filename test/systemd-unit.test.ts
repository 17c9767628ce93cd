import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { endedBy } from "../src/cli/signals.ts";
import { loadConfig } from "../src/config/load-config.ts";
import { tempFolder } from "./support/temp-folder.ts";

const read = (path: string): Promise<string> => readFile(new URL(`../${path}`, import.meta.url), "utf8");
const unit = await read("deploy/hookwell.service");
const page = await read("docs/deploy.md");
/** What the page gives to `systemctl edit`. */
const dropIns = Array.from(page.matchAll(/^```ini\n(.+?)^```/gms), ([, text = ""]) => text);

/** The values of a key, in their order: an empty one forgets those before it. */
const valuesOf = (key: string, text: string): readonly string[] =>
  Array.from(text.matchAll(new RegExp(`^${key}=(.*)$`, "gm")), ([, value = ""]) => value);

test("its variables are settings that can be used", async () => {
  await using folder = await tempFolder();
  const written = valuesOf("Environment", unit).map((line) => line.replace("%S", "/var/lib").split("="));

  const config = await loadConfig({ env: Object.fromEntries(written), flags: {}, cwd: folder.path });

  expect(config).toMatchObject({ data: "/var/lib/hookwell", eventLog: null, warnings: [] });
});

test("what a stop ends is no failed unit, even if it was still starting", () => {
  expect(valuesOf("SuccessExitStatus", unit)).toEqual([String(endedBy.SIGTERM)]);
});

test("a program of a handler that the kernel ends for its memory does not stop the service", () => {
  expect(valuesOf("OOMPolicy", unit)).toEqual(["continue"]);
});

test("its journal takes a burst of events: 0 would mean no limit only to newer versions of systemd", () => {
  expect(valuesOf("LogRateLimitIntervalSec", unit)).toEqual(["1"]);
  expect(Number(valuesOf("LogRateLimitBurst", unit)[0])).toBeGreaterThanOrEqual(1_000_000);
});

test.each(["ExecStart", "StateDirectory"])("a drop-in that replaces %s forgets the old one", (key) => {
  const replacing = dropIns.map((text) => valuesOf(key, text)).filter((values) => values.length > 0);

  expect(replacing.length).toBeGreaterThan(0);
  for (const values of replacing) expect(values).toEqual(["", expect.stringMatching(/./)]);
});

test("a drop-in with another folder keeps it closed to others: an empty StateDirectory= also forgets the mode", () => {
  const moving = dropIns.filter((text) => valuesOf("StateDirectory", text).length > 0);

  expect(moving.map((text) => valuesOf("StateDirectoryMode", text))).toEqual([["0700"]]);
});

test("the service may look for its certificate in the folder that the page makes, and nobody else may", () => {
  const modes = page.match(/^install -d -m \S+ -g hookwell \/etc\/hookwell(\/tls)?$/gm);

  expect(modes).toEqual([
    "install -d -m 0750 -g hookwell /etc/hookwell",
    "install -d -m 0750 -g hookwell /etc/hookwell/tls",
  ]);
});

test("Ctrl-C ends the command of the page's function, not only what shows it", () => {
  expect(page).toMatch(/^ {2}systemd-run --pty --pipe --wait /m);
});
