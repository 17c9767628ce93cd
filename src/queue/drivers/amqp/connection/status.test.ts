import { expect, test } from "vitest";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { amqpTarget } from "./url.ts";
import { AmqpStatus } from "./status.ts";

const gone = new Error("gone");

function aStatus() {
  const { log, facts } = recordedLog();
  const status = new AmqpStatus(amqpTarget("amqp://host"), log);
  const [first, second] = [status.of("first"), status.of("second")];
  first.up();
  second.up();
  return { first, second, facts };
}

test("a server that is lost before all connections are made is back with the last of them", () => {
  const { log, facts } = recordedLog();
  const status = new AmqpStatus(amqpTarget("amqp://host"), log);
  const [first, second] = [status.of("first"), status.of("second")];

  first.down(gone);
  first.up();
  expect(facts()).toEqual(["queue.engine_lost"]);
  second.down(gone);
  second.up();

  expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
});

test("an outage is told once, however many connections it ends, and so is its end", () => {
  const { first, second, facts } = aStatus();

  for (const { down } of [first, second, first]) down(gone);
  for (const { up } of [first, second]) up();

  expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
});
