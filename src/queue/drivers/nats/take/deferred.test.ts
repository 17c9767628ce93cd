import { expect, test } from "vitest";
import { arrivalOf } from "../message.ts";
import { NatsDeferred, type Pulled } from "./deferred.ts";

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };
const pulled = (sequence: number): Pulled => ({
  ...arrivalOf({ data: new Uint8Array() }, `$JS.ACK.events.0-one-0.2.${sequence}.1.1.0`),
  shard,
  reached: 1,
});

test("what could not be looked up comes before what came meanwhile", () => {
  const deferred = new NatsDeferred();
  deferred.putBack([pulled(1), pulled(2)]);
  const first = deferred.remove();
  deferred.putBack([pulled(3)]);

  deferred.putBack(first);

  expect(deferred.all.map(({ order }) => order.after)).toEqual([1, 2, 3]);
});
