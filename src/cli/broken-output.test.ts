import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { watchOutputs } from "./broken-output.ts";

interface Watched {
  /** Fails a write to stdout, or to stderr. */
  readonly fail: (code: string, of?: "stdout" | "stderr") => void;
  readonly heard: readonly string[];
}

function watched({ isTTY = false } = {}): Watched {
  const streams = {
    stdout: Object.assign(new EventEmitter(), { isTTY }),
    stderr: Object.assign(new EventEmitter(), { isTTY }),
  };
  const heard: string[] = [];
  watchOutputs(Object.values(streams), {
    gone: () => heard.push("gone"),
    lost: ({ message }) => heard.push(`lost: ${message}`),
  });
  return {
    heard,
    fail: (code, of = "stdout") =>
      void streams[of].emit("error", Object.assign(new Error(code.toLowerCase()), { code })),
  };
}

test("a reader that has gone is told once, whatever fails to be printed after that", () => {
  const { fail, heard } = watched();

  fail("EPIPE");
  fail("EPIPE", "stderr");
  fail("ERR_STREAM_DESTROYED");

  expect(heard).toEqual(["gone"]);
});

test("a terminal that was closed is a reader that has gone; a disk with the same error is not", () => {
  const [terminal, file] = [watched({ isTTY: true }), watched()];

  terminal.fail("EIO", "stderr");
  file.fail("EIO");

  expect(terminal.heard).toEqual(["gone"]);
  expect(file.heard).toEqual(["lost: eio"]);
});

test("each line for which there is no room is told", () => {
  const { fail, heard } = watched();

  fail("ENOSPC");
  fail("EDQUOT", "stderr");

  expect(heard).toEqual(["lost: enospc", "lost: edquot"]);
});
