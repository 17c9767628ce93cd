import { createClient } from "redis";
import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { RedisServer, startSentinel } from "../../../test/support/servers/redis-server.ts";
import { noteQueue } from "../../config/folder/queue-note.ts";
import { silentLog } from "../../log.ts";
import { lookAtEngine } from "./engine-look.ts";
import { configOf } from "../../../test/support/servers/engine-config.ts";

test.skipIf(!(await answers("redis")))(
  "a queue tells what ought to be changed, or that it refuses us, without the password",
  async () => {
    await using server = await RedisServer.start("--appendonly", "no", "--requirepass", "right");
    const login = (password: string): string => server.url.replace("redis://", `redis://:${password}@`);

    const open = await lookAtEngine("queue", await configOf(login("right")));
    const shut = await lookAtEngine("queue", await configOf(login("hunter2")));

    expect(open.map(({ level }) => level)).toEqual(["ok", "warn"]);
    expect(open[1]?.cure).toMatch(/^Set appendonly yes by CONFIG SET/);
    expect(shut).toEqual([
      { level: "fail", topic: "Queue", says: expect.stringContaining("a user or password that Redis") },
    ]);
    expect(JSON.stringify(shut)).not.toContain("hunter2");
  },
);

test.skipIf(!(await answers("redis")))(
  "that a queue may be elsewhere does not hide what ought to be changed where it was looked for",
  async () => {
    await using folder = await tempFolder();
    await using server = await RedisServer.start("--appendonly", "no");
    const config = { ...(await configOf(server.url)), data: folder.path };
    await noteQueue(config, silentLog);

    const checks = await lookAtEngine("queue", config);

    expect(checks.map(({ level }) => level)).toEqual(["warn", "warn"]);
    expect(checks.map(({ cure }) => cure)).toEqual([
      expect.stringMatching(/^If it should be there, check /),
      expect.stringMatching(/^Set appendonly yes by CONFIG SET/),
    ]);
  },
);

test.skipIf(!(await answers("redis")))(
  "a server that answers, and is not the one to ask, is not taken for one that is away",
  async () => {
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", "1");
    await using sentinel = await startSentinel(replica);

    const [written] = await lookAtEngine("queue", await configOf(replica.url));
    const [watched] = await lookAtEngine("queue", await configOf(`${sentinel.url}?sentinel=other`));

    expect(written?.says).toContain("READONLY");
    expect(written?.cure).toMatch(/^Also name the server that takes writes/);
    expect(watched?.says).toContain("knows no master other.");
    expect(watched?.cure).toContain("?sentinel=NAME");
  },
);

test.skipIf(!(await answers("redis")))("TLS to a port that has none is among what may be wrong", async () => {
  await using server = await RedisServer.start();

  const [silent] = await lookAtEngine("queue", await configOf(server.url.replace("redis://", "rediss://")));

  expect(silent?.says).toMatch(/cannot be used now: it does not answer[.]$/);
  expect(silent?.cure).toContain("rediss://");
});

test.skipIf(!(await answers("redis")))(
  "a user of Redis who lacks a right is told so before the first start",
  async () => {
    await using server = await RedisServer.start();
    const client = await createClient({ url: server.url }).connect();
    await client.sendCommand([
      "ACL",
      "SETUSER",
      "poor",
      "on",
      ">secret",
      "~*",
      "&*",
      "+@all",
      "-xgroup|create",
    ]);
    client.destroy();

    const checks = await lookAtEngine(
      "queue",
      await configOf(server.url.replace("redis://", "redis://poor:secret@")),
    );

    expect(checks.map(({ level }) => level)).toEqual(["fail"]);
    expect(checks[0]?.says).toContain("no permissions to run the 'xgroup|create' command");
  },
);
