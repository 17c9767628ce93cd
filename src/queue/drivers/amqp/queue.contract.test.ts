import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { amqpHarness } from "../../../../test/support/drivers/amqp-harness.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { runContract, type Skips } from "../../../testing/contract.ts";
import { queueDriverContract } from "../../../testing/queue-driver-contract.ts";

// The random play of the other engines is left out: in its model leases end as time passes, after which others must be
// handed what a consumer still holds.
const noLeases = "RabbitMQ has no leases: a message comes back when the connection of its consumer ends";

const handedBack = "A message that a worker hands back with its shard counts as one more attempt";

const skips: Skips = {
  "counts no attempt for what was sent back as too early when its shard changes hands, and keeps its order":
    handedBack,
  "counts no attempt for a retry that was due and that nobody was handed, when its shard changes hands":
    noLeases,
  "keeps the order of what was under way when the next owner loses the shards before it was handed all of it":
    noLeases,
  "hands out at once what had failed and was sent back as too early, for later, when its shard changes hands":
    noLeases,
  "keeps the order of what two owners were handed and sent back as too early, for later": noLeases,
  "survives an acknowledgement that comes after the lease has ended": noLeases,
  "survives an acknowledgement that comes after the shard has changed hands": noLeases,
  "passes over an acknowledgement, by who has lost the shard, of what its new owner has acknowledged":
    noLeases,
  "brings back only what was not acknowledged of a send of many": noLeases,
  "hands out again what was not acknowledged when its lease ended, and counts the attempts": noLeases,
  "does not end a lease that is extended": noLeases,
  "goes on counting from the attempt that a retry set": noLeases,
  "neither loses nor doubles a message that is retried after its shard has changed hands and its lease has ended":
    noLeases,
  "hands out what was under way before what waits for its retry, when a shard changes hands": noLeases,
  "hands out a retry that was under way before one that still waits, when a shard changes hands": noLeases,
  "hands out in the order of the last hand-outs what was under way, when shards change hands once and twice":
    noLeases,
  "hands out at once, in order, what another was handed of a shard that changes hands, and counts it":
    noLeases,
  "hands out at once, to a consumer that has its shards back, what another was handed meanwhile": noLeases,
};

runContract(
  test.skipIf(!(await answers("amqp"))).concurrent,
  "RabbitMQ queue",
  queueDriverContract,
  () => amqpHarness(),
  skips,
);

test("what RabbitMQ cannot keep is told to its users", () => {
  const page = readFileSync("docs/engines/rabbitmq.md", "utf8").replaceAll(/\s+/g, " ");

  for (const reason of Object.values(skips)) expect(page).toContain(reason);
});
