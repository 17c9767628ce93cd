/**
 * Webhooks in anything that speaks the web's own `Request` and `Response`: Hono, Next.js, SvelteKit and the like need
 * only the function `fetch` below. The rest is the smallest server that Node can make of such a function.
 *
 *     WEBHOOK_SECRET=… node examples/web-standard.ts
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { createReceiver } from "hookwell";

const receiver = await createReceiver({
  secret: process.env["WEBHOOK_SECRET"],
  data: process.env["HOOKWELL_DATA"] ?? ".hookwell",
  handlers: { "*": ({ name, entity }) => console.log(name, entity) },
});

async function fetch(request: Request): Promise<Response> {
  if (new URL(request.url).pathname === "/webhooks") return receiver.fetch(request);
  return new Response("The rest of your application.\n");
}

const server = createServer((incoming, outgoing) => {
  // Whoever leaves in the middle of a body ends only that request.
  answer(incoming, outgoing).catch(() => outgoing.destroy());
});
server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1");

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { status, headers, body } = await fetch(toRequest(incoming));
  outgoing.writeHead(status, Object.fromEntries(headers));
  for await (const chunk of body ?? []) outgoing.write(chunk);
  outgoing.end();
}

function toRequest(incoming: IncomingMessage): Request {
  const { method = "GET", url = "/", headersDistinct } = incoming;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const address = `http://localhost${url}`;
  if (method === "GET" || method === "HEAD") return new Request(address, { method, headers });
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  // The types of a browser do not know `duplex`, without which Node takes no stream.
  const init: RequestInit & { duplex: "half" } = { method, headers, body, duplex: "half" };
  return new Request(address, init);
}

process.once("SIGTERM", () => void stop());

async function stop(): Promise<void> {
  server.closeIdleConnections();
  await new Promise((closed) => server.close(closed));
  await receiver.close();
}
