import { expect, test } from "vitest";
import { recordedLog } from "../testing/recorded-log.ts";
import { Refusals } from "./refusals.ts";

test("the first request that is refused is logged, with what to do", () => {
  const { log, lines } = recordedLog();

  new Refusals(log, () => 0).met("mismatch");

  const cure = expect.stringContaining("hookwell doctor signature --quarantine ID") as string;
  expect(lines).toEqual([
    { level: "warn", fact: "receive.refused", fields: { kind: "mismatch", refused: 1, cure } },
  ]);
});

test.each([60_000, -60_000])(
  "a flood is one line until the clock went on by %i ms, with how many it were",
  (ms) => {
    let time = 1_000_000;
    const { log, lines } = recordedLog();
    const refusals = new Refusals(log, () => time);

    for (let n = 0; n < 500; n += 1) refusals.met("mismatch");
    time += ms;
    refusals.met("mismatch");

    expect(lines.map(({ fields }) => fields["refused"])).toEqual([1, 500]);
  },
);

test("what is not signed does not keep back the line of what is signed wrongly", () => {
  const { log, lines } = recordedLog();
  const refusals = new Refusals(log, () => 0);

  refusals.met("unsigned");
  refusals.met("mismatch");

  expect(lines.map(({ fields }) => [fields["kind"], fields["refused"]])).toEqual([
    ["unsigned", 1],
    ["mismatch", 1],
  ]);
});
