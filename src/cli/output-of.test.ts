import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { outputOf } from "./output-of.ts";

/** A stream that has room for little. */
const aStream = (columns?: number) =>
  Object.assign(new PassThrough({ highWaterMark: 4 }), { isTTY: columns !== undefined, columns });

test.for([
  ["says how wide it is", 132, 132],
  ["is a pipe", undefined, 80],
  // As those of containers and of `script` do until somebody sets their size.
  ["says that it has no columns", 0, 80],
] as const)("what %s has a width that text can be laid out for", ([, columns, width]) => {
  const output = outputOf(aStream(columns), {});

  expect(output.columns).toBe(width);
  expect(output.isTTY).toBe(columns !== undefined);
});

test("text goes to the stream, which is asked anew how wide it is", () => {
  const stream = aStream(80);
  const output = outputOf(stream, {});

  output.write("one");
  stream.columns = 100;

  expect(String(stream.read())).toBe("one");
  expect(output.columns).toBe(100);
});

test.for([
  ["coloured on a terminal", {}, "\u001b[1mtext\u001b[22m"],
  ["plain where the environment asks for it", { NO_COLOR: "1" }, "text"],
] as const)("text is %s", ([, env, bold]) => {
  const output = outputOf(aStream(80), env);

  expect(output.palette.bold("text")).toBe(bold);
});

test("there is room as soon as what was written has been read", async () => {
  const stream = aStream();
  const output = outputOf(stream, {});
  await output.room();
  output.write("more than fits");
  let isRoom = false;
  const room = Promise.all([output.room(), output.room()]).then(() => (isRoom = true));

  await new Promise(setImmediate);
  expect(isRoom).toBe(false);
  stream.resume();

  await room;
});

test("there is never room again if the stream breaks before", async () => {
  const stream = aStream();
  const output = outputOf(stream, {});
  output.write("more than fits");

  const room = output.room();
  stream.destroy(new Error("The reader has gone."));

  await expect(room).rejects.toThrow("The reader has gone.");
});
