import { expect, test } from "vitest";
import { QueueUnavailableError } from "../errors.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { Trouble } from "./trouble.ts";

test("the first request that meets it is logged, with the code of the error", () => {
  const { log, lines } = recordedLog();
  const trouble = new Trouble(log, () => 0);

  trouble.met(new QueueUnavailableError("disk full"));
  trouble.met(new Error("again"));

  const fields = { code: "QUEUE_UNAVAILABLE", refused: 1, error: "disk full" };
  expect(lines).toEqual([{ level: "error", fact: "receive.unavailable", fields }]);
});

test("an error that is none of ours is called unexpected", () => {
  const { log, lines } = recordedLog();

  new Trouble(log, () => 0).met(new TypeError("odd"));

  expect(lines[0]?.fields).toMatchObject({ code: "UNEXPECTED", error: "odd" });
});

test.each([10_000, -10_000])("a clock that went on by %i ms brings a further line", (ms) => {
  let time = 1_000_000;
  const { log, lines } = recordedLog();
  const trouble = new Trouble(log, () => time);
  trouble.met(new Error("full"));

  time += ms;
  trouble.met(new Error("still full"));

  expect(lines.map(({ fields }) => fields["refused"])).toEqual([1, 2]);
});

test("its end is logged once, a second after it was met last, and what comes later is a new one", () => {
  let time = 0;
  const { log, lines, facts } = recordedLog();
  const trouble = new Trouble(log, () => time);
  trouble.over();
  trouble.met(new Error("full"));

  time = 999;
  trouble.over();
  expect(facts()).toEqual(["receive.unavailable"]);
  time = 1_000;
  trouble.over();
  trouble.over();
  trouble.met(new Error("full again"));

  expect(facts()).toEqual(["receive.unavailable", "receive.available", "receive.unavailable"]);
  expect(lines.map(({ fields }) => fields["refused"])).toEqual([1, 1, 1]);
});

test("what comes and goes with each request, as on a disk that is nearly full, does not fill the log", () => {
  let time = 0;
  const { log, lines } = recordedLog();
  const trouble = new Trouble(log, () => time);

  for (; time < 15_000; time += 10) {
    trouble.met(new Error("full"));
    trouble.over();
  }
  time += 1_000;
  trouble.over();

  expect(lines.map(({ fact, fields }) => [fact, fields["refused"]])).toEqual([
    ["receive.unavailable", 1],
    ["receive.unavailable", 1_001],
    ["receive.available", 1_500],
  ]);
});
