import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { expect, test } from "vitest";
import { createReceiver, type Receiver, sign } from "../src/index.ts";
import { ask } from "./support/network/raw-http.ts";
import { tempFolder } from "./support/temp-folder.ts";

const secret = "5b0d6a3e-3f0c-4a44-8a2e-6f3e5d1c7b90";

/** Statuses of a small delivery, of one above the limits of the frameworks' own parsers and of a forged one. */
async function statusesAt(url: string): Promise<readonly number[]> {
  const post = async (text: string, signature = sign(text, secret)): Promise<number> => {
    const headers = { "content-type": "application/json", "x-comapi-signature": signature };
    return (await ask(url, { body: text, headers })).status;
  };
  const event = (text: string): string =>
    JSON.stringify({ eventId: `e${text.length}`, name: "message.sent", payload: { text } });
  return [await post(event("small")), await post(event("x".repeat(5_000_000))), await post("{}", "00")];
}

async function withReceiver<T>(work: (receiver: Receiver) => Promise<T>): Promise<T> {
  await using folder = await tempFolder();
  const receiver = await createReceiver({ secret, data: folder.path });
  try {
    return await work(receiver);
  } finally {
    await receiver.close();
  }
}

/** Express with what is to come before the routes. */
async function inExpress(set: (app: express.Express) => void): Promise<readonly number[]> {
  const app = express();
  set(app);
  const server = app.listen(0);
  const { port } = server.address() as AddressInfo;
  try {
    return await statusesAt(`http://127.0.0.1:${port}/webhooks`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("Express hands the body on as it came, if the receiver stands before its parsers", async () => {
  const statuses = await withReceiver((receiver) =>
    inExpress((app) => {
      app.use("/webhooks", receiver.node);
      app.use(express.json());
    }),
  );

  expect(statuses).toEqual([200, 200, 401]);
});

test("behind the parsers of Express no delivery is lost: none is taken", async () => {
  const statuses = await withReceiver((receiver) =>
    inExpress((app) => {
      app.use(express.json());
      app.use("/webhooks", receiver.node);
    }),
  );

  expect(statuses).toEqual([503, 413, 503]);
});

test("Fastify hands the body on before its parsers see it", async () => {
  const statuses = await withReceiver(async (receiver) => {
    const app = fastify();
    app.post(
      "/webhooks",
      {
        onRequest: (request, reply) => {
          reply.hijack();
          return receiver.node(request.raw, reply.raw);
        },
      },
      () => {},
    );
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    try {
      return await statusesAt(`${url}/webhooks`);
    } finally {
      await app.close();
    }
  });

  expect(statuses).toEqual([200, 200, 401]);
});
