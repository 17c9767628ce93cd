/**
 * Webhooks inside a server of your own, on Node's `http`.
 *
 *     WEBHOOK_SECRET=… node examples/node-http.ts
 */
import { createServer } from "node:http";
import { createReceiver, jsonLog } from "hookwell";

const receiver = await createReceiver({
  secret: process.env["WEBHOOK_SECRET"],
  data: process.env["HOOKWELL_DATA"] ?? ".hookwell",
  log: jsonLog("info", (line) => process.stderr.write(line)),
  handlers: {
    "message.failed": ({ payload }) => {
      console.log("not delivered:", payload.id, payload.details.failureReason ?? "for an unknown reason");
    },
    "*": ({ name, entity }) => console.log(name, entity),
  },
});

const server = createServer((request, response) => {
  // Nothing may read the body before the receiver does: the signature is over its exact bytes.
  if (request.url?.startsWith("/webhooks")) return void receiver.node(request, response);
  response.end("The rest of your application.\n");
});
server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1");

process.once("SIGTERM", () => void stop());

async function stop(): Promise<void> {
  // First stop taking requests, then let the running handlers finish.
  server.closeIdleConnections();
  await new Promise((closed) => server.close(closed));
  await receiver.close();
}
