import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../../../../../test/support/network/free-port.ts";
import { parseEngineUrl } from "../../../../lib/engines/engine-url.ts";
import { saidBy, trialsOf } from "./trial.ts";

/** A server that says this to whoever comes; and what it heard of them. */
async function speaking(words: string) {
  let heard = "";
  const server = createServer((socket) => {
    socket.on("error", () => undefined).on("data", (data) => (heard += String(data)));
    socket.write(words);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => heard,
    [Symbol.dispose]: () => void server.close(),
  };
}

const greeting = "INFO {}\r\n";
const crowded = `${greeting}-ERR 'maximum connections exceeded'\r\n`;
const nobody = async (): Promise<string> => `127.0.0.1:${await freePort()}`;
const trial = async (...hosts: readonly string[]): Promise<unknown> =>
  saidBy(await trialsOf(parseEngineUrl(`nats://me:secret@${hosts.join(",")}`)));

test("each host is asked, and told nothing of the login", async () => {
  using first = await speaking(greeting);
  using second = await speaking(crowded);

  const reason = await trial(first.host, second.host);

  expect(reason).toMatchObject({ message: "maximum connections exceeded" });
  expect(first.heard() + second.heard()).toBe("");
});

test("what one host says is told rather than that another is away", async () => {
  using second = await speaking(crowded);

  const reason = await trial(await nobody(), second.host);

  expect(reason).toMatchObject({ message: "maximum connections exceeded" });
});

test("nothing is told of one that is away if another lets everybody in", async () => {
  using second = await speaking(greeting);

  expect(await trial(await nobody(), second.host)).toBeUndefined();
});

test("if all are away, that is told", async () => {
  expect(await trial(await nobody(), await nobody())).toMatchObject({ code: "ECONNREFUSED" });
});

test("nothing is told of hosts that let everybody in", async () => {
  using server = await speaking(greeting);

  expect(await trial(server.host)).toBeUndefined();
});
