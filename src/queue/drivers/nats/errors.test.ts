import { expect, test } from "vitest";
import { apiErrors, withCure } from "./errors.ts";

const { streamFull } = apiErrors;

test.each([
  ["maximum bytes exceeded", "; workers make room, or raise max_bytes or max_msgs of its stream"],
  [
    "write /nats/6.blk: no space left on device",
    "; workers make room, or give the disk of the server's store_dir more room",
  ],
  ["write /nats/6.blk: input/output error", ""],
])("what a stream does not store is told with what cures that, and nothing else: %s", (said, cure) => {
  expect(withCure(said, streamFull)).toBe(`${said}${cure}`);
});
