import { chown, lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { ConfigError } from "../errors.ts";
import { bytesOf } from "../testing/bytes.ts";
import { EventLog, type PrintedEvent } from "./event-log.ts";

const anEvent = (body: string | Uint8Array, eventId = "e1"): PrintedEvent => ({
  eventId,
  name: "message.sent",
  entity: "message:1",
  revision: 2,
  receivedAt: new Date(Date.UTC(2026, 0, 1)),
  body: typeof body === "string" ? bytesOf(body) : body,
});

/** What a log at `path` holds after these events. */
async function written(path: string, events: readonly PrintedEvent[], size?: string): Promise<string> {
  const log = await EventLog.open(path, size);
  for (const event of events) await log.append(event);
  await log.close();
  return readFile(path, "utf8");
}

const modeOf = async (path: string): Promise<number> => (await lstat(path)).mode & 0o777;

describe("the log of events", () => {
  test("has a line of JSON for each, with what is known of it and its body", async () => {
    await using folder = await tempFolder();

    const text = await written(join(folder.path, "events.log"), [
      anEvent('{"a":1}'),
      anEvent('{"a":2}', "e2"),
    ]);

    const lines = text.split("\n").map((line) => (line === "" ? "" : (JSON.parse(line) as unknown)));
    const known = {
      name: "message.sent",
      entity: "message:1",
      revision: 2,
      receivedAt: "2026-01-01T00:00:00.000Z",
    };
    expect(lines).toEqual([
      { eventId: "e1", ...known, body: { a: 1 } },
      { eventId: "e2", ...known, body: { a: 2 } },
      "",
    ]);
  });

  test("has the body as it came: no number loses a digit, no key its place", async () => {
    await using folder = await tempFolder();
    const body = '{"z": 12345678901234567890, "a": 1.10, "a": "\\u00e9é"}';

    const text = await written(join(folder.path, "events.log"), [anEvent(body)]);

    expect(text).toContain(`"body":${body}}\n`);
  });

  test("has one line for a body of several, and no byte order mark", async () => {
    await using folder = await tempFolder();
    const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{\r\n\t"a": 1\n}')]);

    const text = await written(join(folder.path, "events.log"), [anEvent(body)]);

    expect(text).toContain('"body":{  \t"a": 1 }}\n');
    expect(text.trimEnd()).not.toMatch(/[\r\n\ufeff]/);
  });

  test("keeps bytes that are no UTF-8", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "events.log");
    const body = Buffer.from([0x22, 0xff, 0xfe, 0x22]);

    await written(path, [anEvent(body)]);

    expect((await readFile(path)).includes(body)).toBe(true);
  });

  test("is for its owner alone, and so is its folder", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "new", "events.log");

    await written(path, [anEvent("{}")]);

    expect(await modeOf(path)).toBe(0o600);
    expect(await modeOf(dirname(path))).toBe(0o700);
  });

  test("is continued after a restart", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "events.log");
    await written(path, [anEvent("{}", "before")]);

    const text = await written(path, [anEvent("{}", "after")]);

    expect(text.match(/before|after/g)).toEqual(["before", "after"]);
  });

  test("is put aside when it is full, and only the newest files are kept", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "logs", "events.log");
    const events = Array.from({ length: 30 }, (_, index) =>
      anEvent(`"${"x".repeat(500)}"`, `event ${index}`),
    );

    await written(path, events, "1K");

    const files = (await readdir(dirname(path))).filter((name) => name.endsWith("events.log"));
    const texts = await Promise.all(files.map((name) => readFile(join(dirname(path), name), "utf8")));
    expect(files).toHaveLength(6);
    expect(texts.every((text) => text.length < 2_000)).toBe(true);
    expect(texts.join("")).toContain('"event 29"');
    expect(texts.join("")).not.toContain('"event 0"');
    expect(await Promise.all(files.map((name) => modeOf(join(dirname(path), name))))).toEqual(
      files.map(() => 0o600),
    );
  });

  test("goes on in a new file after a failure, and the event that met it is told", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "logs", "events.log");
    const log = await EventLog.open(path, "1K");
    await rm(dirname(path), { recursive: true });

    // The file is gone, and cannot be put aside when it is full.
    const lost = log.append(anEvent(`"${"x".repeat(1_100)}"`, "lost"));
    await expect(lost).rejects.toThrow(/ENOENT/);
    await log.append(anEvent("{}", "again"));

    await log.close();
    expect(await readFile(path, "utf8")).toContain('"again"');
    expect(await modeOf(path)).toBe(0o600);
  });
});

describe("a place where the log cannot be is a mistake in the setting", () => {
  test("such as a link in its way", async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, "elsewhere"));
    await symlink(join(folder.path, "elsewhere"), join(folder.path, "link"));

    const opening = EventLog.open(join(folder.path, "link", "events.log"));

    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(
      /HOOKWELL_EVENT_LOG \(--event-log\) is in .*link, which is not a folder/,
    );
    expect(await readdir(join(folder.path, "elsewhere"))).toEqual([]);
  });

  test("such as a file that should be a folder", async () => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "file"), "");

    const opening = EventLog.open(join(folder.path, "file", "events.log"));

    await expect(opening).rejects.toThrow(/HOOKWELL_EVENT_LOG \(--event-log\) is in .*file, .*EEXIST/);
  });

  test("such as a folder that should be a file", async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, "events.log"));

    const opening = EventLog.open(join(folder.path, "events.log"));

    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(
      /HOOKWELL_EVENT_LOG \(--event-log\) is .*events\.log, which cannot/,
    );
  });

  test("such as a folder of somebody else", async () => {
    await using folder = await tempFolder();
    // Only root can give a folder away; for everybody else the root folder is somebody else's.
    const isRoot = process.getuid?.() === 0;
    const foreign = isRoot ? folder.path : "/";
    if (isRoot) await chown(foreign, 54_321, 54_321);

    const opening = EventLog.open(join(foreign, "events.log"));

    await expect(opening).rejects.toThrow(`is in ${foreign}, which is not a folder of this user`);
  });
});
