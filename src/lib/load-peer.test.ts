import { expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
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
