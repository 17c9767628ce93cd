/**
 * A receiver as one would write it by hand in front of an engine: it verifies the signature, parses, publishes each event
 * with its fields, and answers 200 when the engine has all of them.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { EntityKey, StateKey } from "../../src/event/entity.ts";
import type { EventId } from "../../src/event/envelope.ts";
import type { Message } from "../../src/event/message.ts";
import type { Sender } from "./peer.ts";

/** As long as Hookwell keeps an idle connection, in ms; otherwise the generator would find it closed. */
const keepAliveMs = 75_000;

/** What is read of an event. */
interface SentEvent {
  readonly eventId: string;
  readonly name: string;
  readonly revision: number;
  readonly timestamp: string;
  readonly payload: { readonly id: string };
}

/** @returns the port at which it listens */
export async function receivePlainly(sender: Sender, secret: string): Promise<number> {
  const server = createServer((request, response) => {
    void answerTo(request, sender, secret).then((status) =>
      response.writeHead(status, { "content-length": 0 }).end(),
    );
  });
  server.keepAliveTimeout = keepAliveMs;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function answerTo(request: IncomingMessage, sender: Sender, secret: string): Promise<number> {
  try {
    const body = await bodyOf(request);
    if (!isGenuine(body, request.headers["x-comapi-signature"], secret)) return 401;
    const sent = JSON.parse(body.toString()) as SentEvent | readonly SentEvent[];
    await sender.send([sent].flat().map(messageOf));
    return 200;
  } catch (error) {
    console.error(error);
    return 503;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(request, "end");
  return Buffer.concat(chunks);
}

function isGenuine(body: Buffer, signature: unknown, secret: string): boolean {
  const expected = createHmac("sha1", secret).update(body).digest();
  const given = Buffer.from(String(signature), "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function messageOf(event: SentEvent): Message {
  const entity = `message:${event.payload.id}`;
  return {
    eventId: event.eventId as EventId,
    name: event.name,
    entity: entity as EntityKey,
    state: entity as StateKey,
    revision: event.revision,
    occurredAt: Date.parse(event.timestamp),
    accountId: null,
    apiSpaceId: null,
    body: Buffer.from(JSON.stringify(event)),
    receivedAt: Date.now(),
    copy: "",
    replay: false,
  };
}
