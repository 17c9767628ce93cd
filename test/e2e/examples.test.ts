import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { firstAnswer, root, start, startBuilt } from "../support/program/built.ts";
import { clientOf, testSecret, testToken } from "../support/program/client.ts";
import { freePort } from "../support/network/free-port.ts";
import { converse } from "../support/network/socket.ts";
import { tempFolder } from "../support/temp-folder.ts";

const sample = (name: string): Promise<Buffer> => readFile(join(root, `src/sandbox/samples/${name}.json`));
const example = (name: string): string => join(root, "examples", name);
const known = { HOOKWELL_SECRET: testSecret, HOOKWELL_TOKEN: testToken };

/** An example that is a server, once it has answered with a page of its own. */
async function startExample(name: string) {
  await using started = new AsyncDisposableStack();
  const { path: cwd } = started.use(await tempFolder());
  const port = await freePort();
  const env = { PORT: port, WEBHOOK_SECRET: testSecret };
  const server = started.use(await start(process.execPath, [example(name)], { cwd, env }));
  const url = `http://127.0.0.1:${port}/`;
  const page = await firstAnswer(server, async () => (await fetch(url)).text());
  const all = started.move();
  return {
    page,
    server,
    url,
    client: clientOf(`${url}webhooks`),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

describe.for(["node-http.ts", "web-standard.ts"])("%s", (name) => {
  test("takes events beside its own pages, and stops when asked", async () => {
    await using started = await startExample(name);
    const { page, server, client } = started;

    const { status, json } = await client.send(await sample("chat.closed"));
    await eventually(() => expect(server.lines).toContainEqual(expect.stringContaining("chat.closed chat:")));
    process.kill(server.pid, "SIGTERM");

    expect(page).toBe("The rest of your application.\n");
    expect({ status, json }).toEqual({ status: 200, json: { accepted: 1 } });
    expect(await server.exited).toBe(0);
  });

  test("goes on when a client leaves in the middle of a body", async () => {
    await using started = await startExample(name);
    const { server, url, client } = started;

    const begun = "POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    await converse(url, Buffer.from(begun), "cut");
    const { status } = await client.send(await sample("chat.closed"));
    process.kill(server.pid, "SIGTERM");

    expect(status).toBe(200);
    expect(await server.exited).toBe(0);
  });
});

test("hookwell.config.ts hands each event to the most specific handler", async () => {
  await using folder = await tempFolder();
  await using hookwell = await startBuilt(folder.path, {
    ...known,
    HOOKWELL_CONFIG: example("hookwell.config.ts"),
  });
  const client = clientOf(hookwell.url);

  for (const name of ["message.failed", "message.inbound", "message.read", "chat.closed"]) {
    await client.send(await sample(name));
  }
  await client.settled();

  const facts = hookwell.lines.flatMap((line) => /"fact":"example\.(\w+)"/.exec(line)?.[1] ?? []);
  expect(facts.toSorted()).toEqual(["inbound", "message", "not_delivered", "other"]);
});

test("idempotent-handler.ts counts an event once, although its handler runs twice", async () => {
  await using folder = await tempFolder();
  const shop = join(folder.path, "shop.db");
  await using hookwell = await startBuilt(folder.path, {
    ...known,
    HOOKWELL_CONFIG: example("idempotent-handler.ts"),
    SHOP_DB: shop,
  });
  const client = clientOf(hookwell.url);
  const body = await sample("message.read");
  const { eventId } = JSON.parse(body.toString()) as { readonly eventId: string };
  await client.send(body);
  await client.settled();

  await client.api(`/events/${eventId}/replay`, { method: "POST" });
  await client.settled();

  expect((await client.event(eventId))?.attempts).toBe(2);
  using db = new DatabaseSync(shop, { readOnly: true });
  expect(db.prepare("select * from message_count").all()).toEqual([{ status: "message.read", messages: 1 }]);
});
