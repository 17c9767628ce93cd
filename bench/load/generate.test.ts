import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { generate } from "./generate.ts";
import type { Job } from "./job.ts";
import { Latencies } from "./latencies.ts";

test("as many requests are sent as asked for, and each answer is counted", async () => {
  let taken = 0;
  const port = await serve((request, response) => {
    request.resume().on("end", () => response.end("fine"));
    taken += 1;
  });

  const load = await generate(jobFor(port, { connections: 3, until: { requests: 100 } }));

  expect(load.requests).toBe(100);
  expect(taken).toBe(100);
  expect(new Latencies(load.latencies).size).toBe(100);
});

test.each([
  ["another status", 503, "fine"],
  ["another body", 200, "not so fine"],
])("%s ends it with an error", async (_, status, body) => {
  const port = await serve((request, response) => {
    request.resume().on("end", () => response.writeHead(status).end(body));
  });

  const load = generate(jobFor(port, { connections: 2, until: { seconds: 30 } }));

  await expect(load).rejects.toMatchObject({ status, body });
});

test("a lost connection ends it with an error", async () => {
  const port = await serve((request) => request.socket.destroy());

  const load = generate(jobFor(port, { connections: 2, until: { seconds: 30 } }));

  await expect(load).rejects.toThrow(/connection|ECONNRESET/);
});

test("at a steady rate, the time that a server stalls is in the answer times", async () => {
  const delays = [200];
  const port = await serve((request, response) => {
    const delay = delays.shift() ?? 0;
    request.resume().on("end", () => setTimeout(() => response.end("fine"), delay));
  });

  const load = await generate(jobFor(port, { connections: 1, rate: 100, until: { requests: 20 } }));

  // One request was stalled, but those that should have begun meanwhile waited as well.
  expect(new Latencies(load.latencies).quantile(0.5)).toBeGreaterThan(50);
});

function jobFor(port: number, more: Partial<Job>): Job {
  const signing = {
    secret: "a-secret",
    algorithm: "sha1",
    header: "x-comapi-signature",
    prefix: "",
  } as const;
  const rest = { batch: 1, expected: "fine", rate: null, warmUpSeconds: 0, until: { requests: 1 } };
  return { port, path: "/", connections: 1, signing, ...rest, ...more };
}

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
