import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { hashOf } from "../../test/support/program/journaling.ts";
import { readStored } from "./reading.ts";

/** A ledger that has these events, and forgets some in the moment in which the first bytes are asked for. */
function forgetful(events: readonly string[], forgotten: readonly string[]): ReturnType<typeof createServer> {
  let kept = events;
  const answers: Readonly<Record<string, (id: string) => unknown>> = {
    stats: () => ({ events: { handled: kept.length } }),
    events: () => ({ items: kept.map((eventId) => ({ eventId, status: "handled" })), next: null }),
    body: (id) => (kept = kept.filter((each) => !forgotten.includes(each))).find((each) => each === id),
  };
  return createServer((request, response) => {
    const [what = "", id = "", isBody] = (request.url ?? "").split("?")[0]?.split("/").slice(3) ?? [];
    const answer = answers[isBody ?? what]?.(id);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
}

const readFrom = async (server: ReturnType<typeof createServer>): ReturnType<typeof readStored> => {
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  const { port } = server.address() as AddressInfo;
  const stored = await readStored(`http://127.0.0.1:${port}/`, () => true, 1_000);
  server.closeAllConnections();
  server.close();
  return stored;
};

test("what is forgotten between a list and the bytes of its events is read again", async () => {
  const stored = await readFrom(forgetful(["old", "new"], ["old"]));

  expect(stored).toEqual({
    events: new Map([["new", { status: "handled", hash: hashOf(Buffer.from("new")) }]]),
    counted: { handled: 1 },
  });
});

test("an event that is listed and counted and has no bytes is told as that", async () => {
  const server = forgetful(["whole"], []);
  server.prependListener("request", (request) => {
    if (request.url?.endsWith("/body") === true) request.url = "/api/v1/events/none/body";
  });

  const stored = await readFrom(server);

  expect(stored).toMatchObject({ events: new Map([["whole", { status: "handled", hash: "status 404" }]]) });
});
