import { randomUUID } from "node:crypto";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/engines.ts";
import { deleteRedisKeys } from "../../../../test/support/redis-harness.ts";
import { collect, messages, opened, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../driver.ts";
import { openRedisQueue } from "./queue.ts";

/** As the version before wrote an entry: a field for each part. */
const olderEntry = Object.entries({
  format: "1",
  event: "message.delivered",
  eventId: "e1",
  entity: "message:1",
  state: "message:1",
  revision: "3",
  occurredAt: "5",
  receivedAt: "7",
  accountId: "12",
  accountIs: "text",
  apiSpaceId: String.raw`"\ud800"`,
  copy: "c1",
  replay: "1",
  json: "apiSpaceId",
  body: "{}",
}).flat();

/** As a worker of the version before held the first message of each shard: nothing says when its leases end. */
const heldByOlder = /* lua */ `
for shard = 0, 15 do
  local key = '{' .. ARGV[1] .. '}:' .. shard
  local found = redis.call('XREADGROUP', 'GROUP', 'hookwell', 'hookwell', 'COUNT', 1, 'STREAMS', key, '>')
  if found then
    local id = found[1][2][1][1]
    local ms, number = string.match(id, '^(%d+)%-(%d+)$')
    redis.call('HSET', key .. ':held', id, '1:older')
    redis.call('ZADD', key .. ':due', redis.call('TIME')[1] * 1000 + 29000, string.format('%014.0f-%010.0f', ms, number))
  end
end`;

/**
 * As a worker of the version before left the first three messages of each shard: it had taken over two, and has sent back
 * the third as too early, for later.
 */
const leftByOlder = /* lua */ `
for shard = 0, 15 do
  local key = '{' .. ARGV[1] .. '}:' .. shard
  local found = redis.call('XREADGROUP', 'GROUP', 'hookwell', 'hookwell', 'COUNT', 3, 'STREAMS', key, '>')
  local later = redis.call('TIME')[1] * 1000 + 20000
  for at, entry in ipairs(found and found[1][2] or {}) do
    local ms, number = string.match(entry[1], '^(%d+)%-(%d+)$')
    redis.call('HSET', key .. ':held', entry[1], at == 3 and '1:' or '2:')
    redis.call('ZADD', key .. ':due', at == 3 and later or at - 3, string.format('%014.0f-%010.0f', ms, number))
  end
end`;

describe.skipIf(!(await answers("redis")))("beside an older version", () => {
  const client = createClient({ url: engineUrls.redis });
  let name: string;
  let queue: QueueDriver;

  beforeEach(async () => {
    name = `test-${randomUUID()}`;
    await client.connect();
    queue = await openRedisQueue(`${engineUrls.redis}?name=${name}`, { leaseMs: 30_000 });
  });
  afterEach(async () => {
    await queue.close();
    await client.close();
    await deleteRedisKeys(engineUrls.redis, name);
  });

  test("what it has sent is read", async () => {
    await ownAll(queue);

    await client.sendCommand(["XADD", `{${name}}:0`, "*", ...olderEntry]);

    const [delivery] = await collect(queue, 1);
    const message = delivery && opened(delivery);
    expect({ ...message, body: Buffer.from(message?.body ?? []).toString() }).toEqual({
      eventId: "e1",
      name: "message.delivered",
      entity: "message:1",
      state: "message:1",
      revision: 3,
      occurredAt: 5,
      receivedAt: 7,
      accountId: "12",
      apiSpaceId: "\ud800",
      copy: "c1",
      replay: true,
      body: "{}",
    });
  });

  test("what it holds of a shard comes before all else when the shard is taken over", async () => {
    await queue.send(messages("message", 3));
    await client.eval(heldByOlder, { arguments: [name] });

    await ownAll(queue);

    expect(textsOf(await collect(queue, 3))).toEqual(["message 0", "message 1", "message 2"]);
  });

  test("what it had taken over, and sent back as too early, keeps its order when the shard is taken over", async () => {
    await queue.send(messages("message", 4));
    await client.eval(leftByOlder, { arguments: [name] });

    await ownAll(queue);

    const deliveries = await collect(queue, 4);
    expect(textsOf(deliveries)).toEqual(["message 0", "message 1", "message 2", "message 3"]);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([2, 2, 1, 1]);
  });
});
