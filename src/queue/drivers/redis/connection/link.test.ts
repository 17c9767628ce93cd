import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { EngineHealth } from "../../../../lib/engines/engine-health.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { type RedisClient, connectRedis } from "./client.ts";
import { RedisLink } from "./link.ts";
import type { RedisPlace } from "./url.ts";

vi.mock(import("./client.ts"), () => ({ connectRedis: vi.fn<typeof connectRedis>() }));

/** A connection that is there until it is ended. */
class FakeClient extends EventEmitter {
  isReady = true;

  destroy(): void {
    this.isReady = false;
    this.emit("end");
  }
}

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
  "a connection that comes while the link is closed does not stay, nor is it told (%i steps later)",
  async (steps) => {
    const { log, facts } = recordedLog();
    const link = new RedisLink(
      {} as RedisPlace,
      new EngineHealth("queue", "redis://host", log),
      async () => undefined,
    );
    const connecting = Promise.withResolvers<RedisClient>();
    vi.mocked(connectRedis).mockReturnValueOnce(connecting.promise);
    const client = new FakeClient();
    void link.start();

    connecting.resolve(client as unknown as RedisClient);
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
    await link.close();

    expect(client.isReady).toBe(false);
    expect(facts()).toEqual([]);
  },
);

test("a server that is lost before all connections are made is back with the last of them", () => {
  const { log, facts } = recordedLog();
  const health = new EngineHealth("queue", "redis://host", log);
  const aLink = (): RedisLink => new RedisLink({} as RedisPlace, health, async () => undefined);
  const [first, second] = [aLink(), aLink()];

  health.lost(new Error("gone"), first);
  health.works(first);
  expect(facts()).toEqual(["queue.engine_lost"]);
  health.works(second);

  expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
});
