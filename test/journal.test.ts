import { expect, test } from "vitest";
import { parseLine, toLine, type Entry } from "./support/program/journal.ts";

const entry: Entry = {
  kind: "begin",
  generation: 10,
  at: 7_446_761.026,
  eventId: "2cff8ed3-cb1a-405e-a6a2-9122fb99c63b",
  state: "message:ac5b9038-b127-426e-9071-518b4b71e484",
  revision: 4,
  attempt: 2,
  hash: "YLIry2w_XU5Ci1FpOHan6T1qB04",
};
const line = toLine(entry).trimEnd();

test.each(["begin", "handled", "failed"] as const)(
  "an entry that says %s is read as it was written",
  (kind) => {
    expect(parseLine(toLine({ ...entry, kind, revision: null }).trimEnd())).toEqual({
      ...entry,
      kind,
      revision: null,
    });
  },
);

test("what was cut off, wherever that was, takes nothing from the entry that was written behind it", () => {
  const before = toLine({ ...entry, generation: 9, attempt: 1 }).trimEnd();

  const cut = Array.from({ length: before.length + 1 }, (_, length) => before.slice(0, length) + line);

  for (const joined of cut) expect(parseLine(joined)).toEqual(entry);
});

test("what is no entry is refused", () => {
  expect(() => parseLine(line.slice(0, -30))).toThrow("No line of a journal");
});
