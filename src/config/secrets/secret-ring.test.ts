import { execFile } from "node:child_process";
import { constants, mkdir, open, readFile, rename, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { ConfigError } from "../../errors.ts";
import type { Secret } from "../../event/signature.ts";
import { eventually } from "../../testing/eventually.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { SecretRing } from "./secret-ring.ts";
import type { WrittenSecret } from "./secret-settings.ts";
import { addSecret, generateSecret, readSecrets, retireSecret } from "./secrets.ts";

const aSecret = (name: string): Secret => ({ name, value: generateSecret() });
const written = (secret: Secret): WrittenSecret => ({ ...secret, writtenAs: "HOOKWELL_SECRET" });

interface Options {
  /** From environment and configuration file. */
  readonly configured?: readonly Secret[];
  readonly stored?: readonly Secret[];
}

async function openRing({ configured = [], stored = [] }: Options) {
  const folder = await tempFolder();
  const data = folder.path;
  for (const secret of stored) await addSecret(data, secret);
  const recorded = recordedLog();
  const ring = await SecretRing.open({ data, secrets: configured.map(written) }, recorded.log);
  const names = (): readonly string[] => ring.active().map(({ name }) => name);
  return {
    ...recorded,
    ring,
    data,
    names,
    [Symbol.asyncDispose]: async () => {
      ring.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

afterEach(() => {
  vi.useRealTimers();
});

test("the secrets in force are the configured ones and those of the data folder under other names", async () => {
  const configured = [aSecret("default"), aSecret("NEXT")];

  await using opened = await openRing({ configured, stored: [aSecret("default"), aSecret("2026-11")] });

  expect(opened.names()).toEqual(["default", "NEXT", "2026-11"]);
  expect(opened.ring.active()[0]?.value).toBe(configured[0]?.value);
});

test("the first one is made where that is asked for, to be shown once", async () => {
  await using opened = await openRing({});
  expect(opened.ring.active()).toEqual([]);

  const made = [await opened.ring.makeFirst(), await opened.ring.makeFirst()];

  expect(made).toEqual([opened.ring.active()[0], undefined]);
  expect(opened.names()).toEqual(["default"]);
});

test("the first one is in force once it is made, also if a look found none meanwhile", async () => {
  await using opened = await openRing({});
  const { ring, names } = opened;

  const making = ring.makeFirst();
  await ring.look();
  await making;

  expect(names()).toEqual(["default"]);
});

test("none is made beside a configured one", async () => {
  await using opened = await openRing({ configured: [aSecret("default")] });

  const made = await opened.ring.makeFirst();

  expect(made).toBeUndefined();
  expect(await readSecrets(opened.data)).toEqual([]);
});

test("one that is added is in force after the next look, and so is the old one", async () => {
  await using opened = await openRing({ stored: [aSecret("old")] });
  await addSecret(opened.data, aSecret("new"));

  await opened.ring.reload();

  expect(opened.names()).toEqual(["old", "new"]);
  expect(opened.lines).toEqual([{ level: "info", fact: "secrets.changed", fields: { active: "old, new" } }]);
});

test("one that is retired is in force no more after the next look", async () => {
  await using opened = await openRing({ stored: [aSecret("old"), aSecret("new")] });
  await retireSecret(opened.data, "old");

  await opened.ring.reload();

  expect(opened.names()).toEqual(["new"]);
});

test.each<[string, (ring: SecretRing) => Promise<unknown>]>([
  ["a look", (ring) => ring.reload()],
  ["a look for the first secret", (ring) => ring.makeFirst()],
])("%s that takes long does not put back what a later one found changed", async (_, look) => {
  await using opened = await openRing({ stored: [aSecret("old")] });
  const [path, aside] = [join(opened.data, "secrets.json"), join(opened.data, "aside")];
  const before = await readFile(path);
  await rename(path, aside);
  await promisify(execFile)("mkfifo", [path]);
  const early = look(opened.ring);
  // Opens once somebody reads; who does gets its end from here.
  const pipe = await eventually(() => open(path, constants.O_WRONLY | constants.O_NONBLOCK));
  await rename(aside, path);
  await addSecret(opened.data, aSecret("new"));

  await opened.ring.reload();
  await pipe.writeFile(before);
  await pipe.close();
  await early;

  expect(opened.names()).toEqual(["old", "new"]);
});

test("none is made when the last one is retired", async () => {
  await using opened = await openRing({});
  await opened.ring.makeFirst();
  await retireSecret(opened.data, "default");

  await opened.ring.reload();

  expect(opened.names()).toEqual([]);
});

test("a value that changes under its name is in force, and no value is ever logged", async () => {
  await using opened = await openRing({ stored: [aSecret("default")] });
  const changed = aSecret("default");
  await retireSecret(opened.data, "default");
  await addSecret(opened.data, changed);

  await opened.ring.reload();

  expect(opened.ring.active()).toMatchObject([changed]);
  expect(JSON.stringify(opened.lines)).not.toContain(changed.value);
});

test("a file that is damaged leaves the secrets that are known, until it is whole again", async () => {
  await using opened = await openRing({ stored: [aSecret("default")] });
  const path = join(opened.data, "secrets.json");
  await writeFile(path, '{"secrets":[{"name":"default"');

  await expect(opened.ring.reload()).rejects.toThrow(/secrets\.json is damaged/);
  expect(opened.names()).toEqual(["default"]);
  await rm(path);
  await addSecret(opened.data, aSecret("next"));
  await opened.ring.reload();

  expect(opened.names()).toEqual(["next"]);
});

test("that the file is damaged is logged once for each reason, and when it is whole again", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  await using opened = await openRing({ stored: [aSecret("default")] });
  const path = join(opened.data, "secrets.json");
  const whole = await readFile(path);
  const lookUntil = async (...facts: readonly string[]): Promise<void> => {
    vi.advanceTimersByTime(4 * 2_000);
    await eventually(() => expect(opened.facts()).toEqual(facts));
  };

  await writeFile(path, "{");
  await lookUntil("secrets.not_reloaded");
  await rm(path);
  await mkdir(path);
  await lookUntil("secrets.not_reloaded", "secrets.not_reloaded");
  await rmdir(path);
  await writeFile(path, whole);

  await lookUntil("secrets.not_reloaded", "secrets.not_reloaded", "secrets.reloaded");
});

test("a file that is damaged at the start is a mistake", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "secrets.json"), "{");

  const opening = SecretRing.open({ data: folder.path, secrets: [] }, recordedLog().log);

  await expect(opening).rejects.toThrow(ConfigError);
});

test("it looks by itself every two seconds, until it is closed", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  await using opened = await openRing({ stored: [aSecret("old")] });
  await addSecret(opened.data, aSecret("new"));

  vi.advanceTimersByTime(2_000);

  await eventually(() => expect(opened.names()).toEqual(["old", "new"]));
  opened.ring.close();
  expect(vi.getTimerCount()).toBe(0);
});

test("a secret in a file of its own is taken up when it changes, and the known one stays while it cannot be read", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "secret");
  const [first, second] = [aSecret("default"), aSecret("default")];
  await writeFile(file, first.value);
  const { log, facts } = recordedLog();
  const options = { data: folder.path, secrets: [{ ...written(first), file }] };
  const ring = await SecretRing.open(options, log);

  await rm(file);
  await ring.look();
  const meanwhile = ring.active();
  await writeFile(file, `${second.value}\n`);
  await ring.look();
  ring.close();

  expect(meanwhile).toEqual([first]);
  expect(ring.active()).toEqual([second]);
  expect(facts()).toEqual(["secrets.not_reloaded", "secrets.changed", "secrets.reloaded"]);
});

test("a secret in a file of its own is taken up when a link on the way to it changes, as a kubelet changes it", async () => {
  await using folder = await tempFolder();
  const at = (...names: readonly string[]): string => join(folder.path, ...names);
  const [first, second] = [aSecret("default"), aSecret("default")];
  for (const [name, { value }] of [["1", first] as const, ["2", second] as const]) {
    await mkdir(at(name));
    await writeFile(at(name, "secret"), value);
  }
  await symlink("1", at("..data"));
  await symlink(join("..data", "secret"), at("secret"));
  const options = { data: folder.path, secrets: [{ ...written(first), file: at("secret") }] };
  const ring = await SecretRing.open(options, recordedLog().log);

  await symlink("2", at("next"));
  await rename(at("next"), at("..data"));
  await rm(at("1"), { recursive: true });
  await ring.look();
  ring.close();

  expect(ring.active()).toEqual([second]);
});

test("a secret in a file of its own that has white space before it is not taken up", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "secret");
  const first = aSecret("default");
  await writeFile(file, first.value);
  const options = { data: folder.path, secrets: [{ ...written(first), file }] };
  const ring = await SecretRing.open(options, recordedLog().log);
  await writeFile(file, ` ${generateSecret()}`);

  await expect(ring.reload()).rejects.toThrow("white space");
  ring.close();

  expect(ring.active()).toEqual([first]);
});
