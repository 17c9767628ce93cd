import { describe, expect, test } from "vitest";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { AmqpOpening } from "./opening.ts";
import { amqpTarget } from "./options.ts";
import { AmqpStatus } from "./status.ts";

const gone = new Error("gone");

function aStatus() {
  const { log, lines, facts } = recordedLog();
  const target = amqpTarget("amqp://host");
  const status = new AmqpStatus(target.url.shown, log, new AmqpOpening(target));
  const [first, second, extra] = [status.of("first"), status.of("second"), status.ofExtra("third")];
  first.up();
  second.up();
  return { first, second, extra, lines, facts };
}

test("an outage is told once, however many connections it ends, and so is its end", () => {
  const { first, second, extra, facts } = aStatus();

  for (const { down } of [extra, first, second, extra, extra, first]) down(gone);
  for (const { up } of [first, second, extra]) up();

  expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
});

describe("a connection without which all else goes on", () => {
  test("is told if it cannot be had again and again, and when it is there", () => {
    const { extra, facts } = aStatus();

    extra.down(gone);
    const atFirst = facts();
    extra.down(gone);
    extra.down(gone);
    extra.up();
    // A single failure is none that lasts, also later.
    extra.down(gone);

    expect(atFirst).toEqual([]);
    expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
  });

  test("is named, so that it is told from the loss of all", () => {
    const { first, extra, lines } = aStatus();

    extra.down(gone);
    extra.down(gone);
    first.down(gone);

    expect(lines.map(({ fields }) => fields["connection"])).toEqual(["third", undefined]);
  });

  test("hides no outage of the others while it is missing", () => {
    const { first, extra, facts } = aStatus();
    extra.down(gone);
    extra.down(gone);
    const before = facts().length;

    for (let times = 0; times < 2; times += 1) {
      first.down(gone);
      first.up();
    }

    const outage = ["queue.engine_lost", "queue.engine_back"];
    expect(facts().slice(before)).toEqual([...outage, ...outage]);
  });
});
