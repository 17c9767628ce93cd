import { expect, test } from "vitest";
import { PeerProcess } from "./peer-process.ts";

test("a peer that cannot open its server is told of, with what it said", async () => {
  await expect(PeerProcess.open("redis", "redis://127.0.0.1:1")).rejects.toThrow(
    /peer redis failed.*ECONNREFUSED/s,
  );
});
