import { expect, test } from "vitest";
import type { RedisClient } from "./connection/client.ts";
import { reportOf } from "./report.ts";
import { redisPlace } from "./connection/url.ts";

/** A connection to a server of which all that it tells is this; null: it is forbidden. */
const clientOf = (info: string, config: object | null, waitaof: unknown, acl = "OK"): RedisClient =>
  ({
    sendCommand: async ([command]: readonly string[]) => {
      const answer = { INFO: info, CONFIG: config, WAITAOF: waitaof, ACL: acl }[command ?? ""];
      if (answer === null) throw new Error(`NOPERM User app has no permissions to run '${command}'`);
      return answer;
    },
  }) as unknown as RedisClient;

const valkeyInfo = "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n";

test("a Valkey is told by its own name and version, not by those of the Redis that it is like", async () => {
  const report = (config: object, waitaof: unknown) =>
    reportOf(clientOf(valkeyInfo, config, waitaof), redisPlace("redis://127.0.0.1"));

  const safe = await report({ appendonly: "yes", appendfsync: "always" }, [0, 0]);
  const lossy = await report({ appendonly: "no" }, [0, 0]);
  const narrow = await report({ appendonly: "yes", appendfsync: "no" }, null);

  expect(safe.engine).toBe("Valkey 9.1.2");
  expect(safe.durability).toMatch(/^Flushed to the disk of Valkey before each answer/);
  expect(lossy.durability).toMatch(/^Kept in the memory of Valkey: a crash or a restart of Valkey loses/);
  expect(lossy.warnings[0]).toMatch(/^Valkey writes no append-only file.* by CONFIG SET while it runs/);
  expect(narrow.durability).toMatch(/^Written to the append-only file of Valkey .* a crash of Valkey/);
  expect(narrow.warnings[0]).toMatch(/^Valkey knows no WAITAOF or forbids it, .* allow \+waitaof/);
  expect(narrow.warnings[1]).toMatch(/Valkey may flush too late/);
});

test("a Redis is told by its name, also if it does not say which version it is", async () => {
  const place = redisPlace("redis://127.0.0.1");

  expect((await reportOf(clientOf("redis_version:8.6.3\r\n", {}, [0, 0]), place)).engine).toBe("Redis 8.6.3");
  expect((await reportOf(clientOf("", {}, [0, 0]), place)).engine).toBe("Redis");
});

test("a user default that may not write is told only of servers that lose events by it", async () => {
  const denied = "User default has no permissions to run the 'xadd' command";
  const warned = async (info: string): Promise<boolean> => {
    const client = clientOf(info, { appendonly: "yes", appendfsync: "always" }, [0, 0], denied);
    const { warnings } = await reportOf(client, redisPlace("redis://127.0.0.1"));
    return warnings.some((each) => each.startsWith("The user default may not write"));
  };

  expect(await warned("redis_version:8.4.1\r\n")).toBe(true);
  expect(await warned("redis_version:7.2.4\r\nvalkey_version:8.1.1\r\n")).toBe(true);
  expect(await warned(valkeyInfo)).toBe(false);
  expect(await warned("redis_version:8.6.0\r\n")).toBe(false);
  expect(await warned("redis_version:10.0.0\r\n")).toBe(false);
});
