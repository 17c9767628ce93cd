import { describe, expect, test } from "vitest";
import { testServer } from "../../test/support/network/http-server.ts";
import { ask } from "../../test/support/network/raw-http.ts";
import { converse } from "../../test/support/network/socket.ts";
import { eventually } from "../testing/eventually.ts";
import { servePage } from "./page-bridge.ts";

/** A real server with pages behind it, and the requests and failures that it saw. */
async function startPages(answer: (request: Request) => Response | Promise<Response>) {
  const seen: Request[] = [];
  const failures: unknown[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    seen.push(request);
    return answer(request);
  };
  const server = await testServer((request, response) =>
    servePage({ fetch }, request, response).catch((error: unknown) => {
      failures.push(error);
      response.destroy();
    }),
  );
  return { ...server, seen, failures };
}

const mib = 1024 * 1024;

describe("a page", () => {
  test("is asked with method, path, query and headers, and its answer goes out as it is", async () => {
    await using server = await startPages(
      () => new Response("made", { status: 201, headers: { "x-answer": "yes", "content-type": "text/css" } }),
    );

    const answer = await ask(server.url, {
      method: "DELETE",
      path: "/a%20b?c=%2F",
      headers: { "X-Ask": "é" },
    });

    const [request] = server.seen;
    expect([
      request?.method,
      new URL(request?.url ?? "").pathname,
      new URL(request?.url ?? "").search,
    ]).toEqual(["DELETE", "/a%20b", "?c=%2F"]);
    expect(request?.headers.get("x-ask")).toBe("é");
    expect(answer).toMatchObject({ status: 201, text: "made" });
    expect(answer.headers).toMatchObject({ "x-answer": "yes", "content-type": "text/css" });
  });

  test("reads the body that was sent", async () => {
    await using server = await startPages(async (request) => Response.json(await request.json()));

    const answer = await ask(server.url, { body: '{"a":"é"}' });

    expect(answer.text).toBe('{"a":"é"}');
  });

  test("need not read the body, and the next request on that connection is answered all the same", async () => {
    await using server = await startPages(({ method }) => new Response(method));
    const body = "x".repeat(mib);
    const requests = [
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ];

    const { statuses } = await converse(server.url, Buffer.from(requests.join("")));

    expect(statuses).toEqual([200, 200]);
    expect(server.seen.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  test.each(["Content-Length: 4194304", "Transfer-Encoding: chunked"])(
    "that has read enough of a body answers, and so does the next (%s)",
    async (framing) => {
      await using server = await startPages(async (request) => {
        for await (const chunk of request.body ?? [])
          return new Response(`${chunk.length > 0}`, { status: 413 });
        return new Response("page");
      });
      const chunk = framing.startsWith("Transfer") ? `100000\r\n${"x".repeat(mib)}\r\n` : "x".repeat(mib);
      const end = framing.startsWith("Transfer") ? "0\r\n\r\n" : "";
      const requests = [
        `POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${chunk.repeat(4)}${end}`,
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      ];

      const { statuses } = await converse(server.url, Buffer.from(requests.join("")));

      expect(statuses).toEqual([413, 200]);
      expect(server.failures).toEqual([]);
    },
  );

  test("may have no body, and none is sent to HEAD", async () => {
    await using server = await startPages(({ method }) =>
      method === "HEAD" ? new Response("not sent") : new Response(null, { status: 204 }),
    );

    const answers = [await ask(server.url, { method: "GET" }), await ask(server.url, { method: "HEAD" })];

    expect(answers).toMatchObject([
      { status: 204, text: "" },
      { status: 200, text: "" },
    ]);
  });
});

describe("a request that is no use", () => {
  test("for its address is answered with 400", async () => {
    await using server = await startPages(() => new Response("page"));

    const { statuses } = await converse(
      server.url,
      Buffer.from("OPTIONS *:x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
    );

    expect(statuses).toEqual([400]);
    expect(server.seen).toEqual([]);
  });

  test("for its method is answered with 501", async () => {
    await using server = await startPages(() => new Response("page"));

    const answer = await ask(server.url, { method: "TRACE" });

    expect(answer.status).toBe(501);
    expect(server.failures).toEqual([]);
  });
});

describe("a stream", () => {
  test("reaches the client piece by piece", async () => {
    const gate = Promise.withResolvers<void>();
    await using server = await startPages(
      () =>
        new Response(
          new ReadableStream({
            start: async (controller) => {
              controller.enqueue(Buffer.from("first "));
              await gate.promise;
              controller.enqueue(Buffer.from("second"));
              controller.close();
            },
          }),
        ),
    );

    const response = await fetch(server.url);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    gate.resolve();
    const second = await reader?.read();

    expect([first?.value, second?.value].map((part) => Buffer.from(part ?? []).toString())).toEqual([
      "first ",
      "second",
    ]);
  });

  test("ends when the client leaves, and that is no failure", async () => {
    const ends: string[] = [];
    await using server = await startPages((request) => {
      request.signal.addEventListener("abort", () => ends.push("told"));
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(Buffer.from("data: 1\n\n")),
          cancel: () => void ends.push("cancelled"),
        }),
      );
    });
    const client = new AbortController();
    const response = await fetch(server.url, { signal: client.signal });
    await response.body?.getReader().read();

    client.abort();

    await eventually(() => expect(ends.toSorted()).toEqual(["cancelled", "told"]));
    expect(server.failures).toEqual([]);
  });

  test("that breaks ends the connection, so that nobody takes it for whole", async () => {
    await using server = await startPages(
      () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(Buffer.from("half")),
            pull: (controller) => controller.error(new Error("broken")),
          }),
        ),
    );

    const text = fetch(server.url).then((response) => response.text());

    await expect(text).rejects.toThrow();
    expect(server.failures).toEqual([]);
  });
});
