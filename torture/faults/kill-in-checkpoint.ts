import { setTimeout as sleep } from "node:timers/promises";
import { below } from "../../src/lib/random.ts";
import { between, chanceOf } from "../chance.ts";
import { planDeliveries, type Load } from "../../test/support/events/deliveries.ts";
import type { Round } from "../fault.ts";
import type { Service } from "../program/service.ts";

/** Large arrays of large events: the log grows so fast that it is written back to the database again and again. */
const large: Load = { messages: 200, others: 100, repeatOneIn: 5, mostInArray: 500, mostFiller: 12_000 };

export async function killInCheckpoint(
  { stage, random, send, count }: Round,
  victim: Service,
): Promise<void> {
  send();
  const chance = chanceOf(below(random, 2 ** 31), "large");
  const sending = stage.send(planDeliveries(large, chance), chance);
  const enough = between(random, 5, 60);
  await sending.until(({ acknowledged }) => acknowledged >= enough);
  await sleep(between(random, 0, 25));
  if (await victim.crash()) count("killed in a stream of large arrays");
  await stage.ready();
  await sending.done;
}
