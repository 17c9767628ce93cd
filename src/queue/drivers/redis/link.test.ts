import { expect, test } from "vitest";
import { EngineHealth } from "../../../lib/engine-health.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { RedisLink } from "./link.ts";
import type { RedisPlace } from "./url.ts";

test("a server that is lost before all connections are made is back with the last of them", () => {
  const { log, facts } = recordedLog();
  const health = new EngineHealth("queue", "redis://host", log);
  const aLink = (): RedisLink => new RedisLink({} as RedisPlace, health, async () => undefined);
  const [first, second] = [aLink(), aLink()];

  health.lost(new Error("gone"), { connection: first });
  health.works(first);
  expect(facts()).toEqual(["queue.engine_lost"]);
  health.works(second);

  expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
});
