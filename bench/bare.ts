/** What everything is measured against: reads the body, verifies it, parses it, answers 200 and keeps nothing. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const secret = process.env["HOOKWELL_SECRET"] ?? "";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    const expected = createHmac("sha1", secret).update(body).digest();
    const given = Buffer.from(String(request.headers["x-comapi-signature"]), "hex");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      response.writeHead(401).end();
      return;
    }
    JSON.parse(body.toString());
    response.writeHead(200, { "content-type": "application/json", "content-length": 2 }).end("{}");
  });
});

// As long as Hookwell keeps an idle connection; otherwise the generator would find it closed.
server.keepAliveTimeout = 75_000;
server.listen(Number(process.env["PORT"]), "127.0.0.1");
