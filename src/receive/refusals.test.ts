import { expect, test } from "vitest";
import { recordedLog } from "../testing/recorded-log.ts";
import { tellRefusals } from "./refusals.ts";

const quarantine = { keeps: () => true };

test("the first request that is refused is logged, with what to do", () => {
  const { log, lines } = recordedLog();

  tellRefusals(log, quarantine, () => 0)("mismatch");

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
    const tell = tellRefusals(log, quarantine, () => time);

    for (let n = 0; n < 500; n += 1) tell("mismatch");
    time += ms;
    tell("mismatch");

    expect(lines.map(({ fields }) => fields["refused"])).toEqual([1, 500]);
  },
);

test.each(["unsigned", "mismatch"] as const)("where nothing is kept, nobody is sent to look: %s", (kind) => {
  const { log, lines } = recordedLog();

  tellRefusals(log, { keeps: () => false }, () => 0)(kind);

  expect(lines[0]?.fields["cure"]).toMatch(/^set the (same )?secret [^`]+$/);
});

test("what is not signed does not keep back the line of what is signed wrongly", () => {
  const { log, lines } = recordedLog();
  const tell = tellRefusals(log, quarantine, () => 0);

  tell("unsigned");
  tell("mismatch");

  expect(lines.map(({ fields }) => [fields["kind"], fields["refused"]])).toEqual([
    ["unsigned", 1],
    ["mismatch", 1],
  ]);
});

test.each([
  ["tooLarge", "warn", "raise `bodyLimit` (HOOKWELL_BODY_LIMIT)"],
  ["readBefore", "error", "before anything that reads bodies, such as express.json()"],
] as const)("%s is told with what to do", (kind, level, cure) => {
  const { log, lines } = recordedLog();

  tellRefusals(log, quarantine, () => 0)(kind);

  expect(lines).toMatchObject([{ level, fields: { kind, cure: expect.stringContaining(cure) } }]);
});

test.each(["accepted", "malformed", "unavailable"] as const)("%s is not told here", (kind) => {
  const { log, lines } = recordedLog();

  tellRefusals(log, quarantine, () => 0)(kind);

  expect(lines).toEqual([]);
});
