import { join } from "node:path";
import { expect, test } from "vitest";
import { serversHere } from "../../src/cli/client/servers-here.ts";
import { startProgram } from "../support/program/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

test.each(["stops", "is killed"])(
  "of several servers on one data folder the newest is found, and the one before it when that %s",
  async (end) => {
    await using folder = await tempFolder();
    const options = { folder: folder.path, parts: "receive" } as const;
    const config = { data: join(folder.path, "data"), tlsCert: null };
    const found = async (): Promise<string | undefined> =>
      (await serversHere(config, "webhook")).running?.doorUrl;
    await using one = await startProgram(options);
    const two = await startProgram(options);
    await using three = await startProgram(options);
    expect(await found()).toBe(three.url);
    await two.kill();

    if (end === "stops") three.signal("SIGTERM");
    else await three.kill();
    await three.exited;

    expect(await found()).toBe(one.url);
    one.signal("SIGTERM");
    await one.exited;
    expect(await found()).toBeUndefined();
  },
);
