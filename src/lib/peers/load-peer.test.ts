import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { ConfigError } from "../../errors.ts";
import { loadPeer } from "./load-peer.ts";

test("a package that is there is given", async () => {
  expect(await loadPeer("file:", ["node:path"], () => import("node:path"))).toHaveProperty("join");
});

test("one that is missing is named, and how to install it", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });

  const loading = loadPeer("redis:", ["redis"], () => Promise.reject(missing));

  await expect(loading).rejects.toThrow(ConfigError);
  await expect(loading).rejects.toThrow("redis: needs the package redis: npm install redis");
});

test("of one that is missing it is told from where it is looked for: a Hookwell of the whole machine sees no project", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });

  const loading = loadPeer("redis:", ["redis"], () => Promise.reject(missing));

  const home = join(import.meta.dirname, "../../..");
  await expect(loading).rejects.toThrow(
    `Hookwell is installed in ${home}, and looks for it beside itself and in the folders above.`,
  );
});

test("of several that are needed together all are named, whichever is missing", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });

  await expect(loadPeer("nats:", ["one", "two"], () => Promise.reject(missing))).rejects.toThrow(
    "nats: needs the packages one and two: npm install one two",
  );
});

test("one that fails otherwise says so itself", async () => {
  const broken = new SyntaxError("broken");

  await expect(loadPeer("redis:", ["redis"], () => Promise.reject(broken))).rejects.toBe(broken);
});

/** A module beside packages of these versions, as an installer leaves them there. */
async function besides(folder: string, versions: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, version] of Object.entries(versions)) {
    const packed = join(folder, "node_modules", name);
    await mkdir(packed, { recursive: true });
    await writeFile(join(packed, "package.json"), JSON.stringify({ name, version }));
  }
  return pathToFileURL(join(folder, "hookwell.js")).href;
}

test.for([
  ["another major", "4.7.1"],
  ["an older minor", "6.0.9"],
  ["a newer major", "7.0.0"],
] as const)("one of %s is not loaded, and what to install is told", async ([, version]) => {
  await using folder = await tempFolder();
  const from = await besides(folder.path, { redis: version });
  let isLoaded = false;

  const loading = loadPeer("redis:", ["redis"], () => Promise.resolve((isLoaded = true)), from);

  await expect(loading).rejects.toThrow(ConfigError);
  await expect(loading).rejects.toThrow(
    `redis: needs the package redis ^6.3.1 (${version} is installed): npm install redis@6. Hookwell is installed in `,
  );
  expect(isLoaded).toBe(false);
});

test.for(["6.3.1", "6.3.2-rc.1", "6.10.0"])("%s is one of ^6.3.1", async (version) => {
  await using folder = await tempFolder();
  const from = await besides(folder.path, { redis: version });

  expect(await loadPeer("redis:", ["redis"], () => Promise.resolve("loaded"), from)).toBe("loaded");
});

test("of two packages the one of a wrong version is named", async () => {
  const versions = { "@nats-io/jetstream": "3.4.0", "@nats-io/transport-node": "3.0.0" };
  await using folder = await tempFolder();
  const from = await besides(folder.path, versions);

  const loading = loadPeer("nats:", Object.keys(versions), () => Promise.resolve(), from);

  await expect(loading).rejects.toThrow(
    "nats: needs the package @nats-io/transport-node ^3.4.0 (3.0.0 is installed): npm install @nats-io/transport-node@3",
  );
});

test("the ranges of package.json are of the form that is understood", async () => {
  const manifest = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  const { peerDependencies } = JSON.parse(manifest) as { readonly peerDependencies: Record<string, string> };

  for (const range of Object.values(peerDependencies))
    expect(range).toMatch(/^(<[1-9]\d* \|\| )?\^[1-9]\d*\.\d+\.\d+$/);
});
