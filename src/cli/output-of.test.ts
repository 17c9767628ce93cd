import { expect, test } from "vitest";
import { outputOf } from "./output-of.ts";

test.for([
  ["says how wide it is", 132, 132],
  ["is a pipe", undefined, 80],
  // As those of containers and of `script` do until somebody sets their size.
  ["says that it has no columns", 0, 80],
] as const)("what %s has a width that text can be laid out for", ([, columns, width]) => {
  const output = outputOf({ write: () => true, isTTY: columns !== undefined, columns }, {});

  expect(output.columns).toBe(width);
  expect(output.isTTY).toBe(columns !== undefined);
});

test("text goes to the stream, which is asked anew how wide it is", () => {
  const written: unknown[] = [];
  const stream = { write: (text: unknown) => written.push(text) > 0, isTTY: true, columns: 80 };
  const output = outputOf(stream, {});

  output.write("one");
  stream.columns = 100;

  expect(written).toEqual(["one"]);
  expect(output.columns).toBe(100);
});

test.for([
  ["coloured on a terminal", {}, "\u001b[1mtext\u001b[22m"],
  ["plain where the environment asks for it", { NO_COLOR: "1" }, "text"],
] as const)("text is %s", ([, env, bold]) => {
  const output = outputOf({ write: () => true, isTTY: true, columns: 80 }, env);

  expect(output.palette.bold("text")).toBe(bold);
});
