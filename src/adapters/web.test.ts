import { setImmediate as turn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { accepted, refused } from "../receive/reply.ts";
import type { Receive } from "../receive/receive.ts";
import type { ReceiveRequest } from "../receive/request.ts";
import { webReceiver } from "./web.ts";

const url = "https://hooks.example.com/";
const bodyLimit = 1_000;

function startWeb(receive: Receive = async () => accepted(1)) {
  const received: ReceiveRequest[] = [];
  const take: Receive = (request) => {
    received.push(request);
    return receive(request);
  };
  return { fetch: webReceiver(take, { bodyLimit }), received };
}

/** A body that comes in pieces, and may never end. */
function streamOf(chunks: readonly Uint8Array[], { ends = true } = {}) {
  let isCancelled = false;
  const left = [...chunks];
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (ends) controller.close();
      else return new Promise(() => undefined);
      return undefined;
    },
    cancel: () => void (isCancelled = true),
  });
  const request = new Request(url, { method: "POST", body: stream, duplex: "half" });
  return { request, isCancelled: () => isCancelled };
}

test("a delivery reaches the receiver with its bytes, its signature and its headers", async () => {
  const { fetch, received } = startWeb();
  const body = Uint8Array.from({ length: 256 }, (_, index) => index);
  const headers = { "X-Comapi-Signature": "abc", "X-More": "yes" };

  const response = await fetch(new Request(url, { method: "POST", body, headers }));

  const [request] = received;
  expect([...(request?.body ?? [])]).toEqual([...body]);
  expect(request?.signature).toBe("abc");
  expect(request?.headers()).toEqual({ "x-comapi-signature": "abc", "x-more": "yes" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(await response.json()).toEqual({ accepted: 1 });
});

test("a body that comes in pieces is one body", async () => {
  const { fetch, received } = startWeb();
  const { request } = streamOf(["01234", "5", "6789"].map((text) => Buffer.from(text)));

  const response = await fetch(request);

  expect(response.status).toBe(200);
  expect(received.map(({ body }) => Buffer.from(body).toString())).toEqual(["0123456789"]);
});

test("so is one of bytes of another realm, as a program has them that runs modules in a context of their own", async () => {
  const { fetch, received } = startWeb();
  const Foreign = runInNewContext("Uint8Array") as typeof Uint8Array;
  const { request } = streamOf(["01", "23"].map((text) => Foreign.from(Buffer.from(text))));

  const response = await fetch(request);

  expect(response.status).toBe(200);
  expect(received.map(({ body }) => Buffer.from(body).toString())).toEqual(["0123"]);
});

test("a request without a body reaches the receiver too, without bytes", async () => {
  const { fetch, received } = startWeb(async () => refused("empty"));

  const response = await fetch(new Request(url, { method: "POST" }));

  expect(response.status).toBe(400);
  expect(received.map(({ body }) => body.length)).toEqual([0]);
});

test("a body of just the limit is read, and one byte more is refused", async () => {
  const { fetch, received } = startWeb();
  const post = (length: number): Promise<Response> =>
    fetch(new Request(url, { method: "POST", body: new Uint8Array(length) }));

  const responses = [await post(bodyLimit), await post(bodyLimit + 1)];

  expect(responses.map(({ status }) => status)).toEqual([200, 413]);
  expect(received).toHaveLength(1);
});

test("a body that is announced as too large is not read at all", async () => {
  const { fetch, received } = startWeb();
  const headers = { "content-length": String(bodyLimit + 1) };
  const request = new Request(url, { method: "POST", body: "{}", headers });

  const response = await fetch(request);

  expect(response.status).toBe(413);
  expect(request.bodyUsed).toBe(false);
  expect(received).toEqual([]);
});

test("a body that never ends is refused as soon as it is too large, and what feeds it is told to stop", async () => {
  const { fetch, received } = startWeb();
  const { request, isCancelled } = streamOf([new Uint8Array(900), new Uint8Array(200)], { ends: false });

  const response = await fetch(request);

  expect(response.status).toBe(413);
  expect(isCancelled()).toBe(true);
  expect(received).toEqual([]);
});

test("a body that somebody has read before is a fault of ours that is told", async () => {
  const receive = webReceiver(async () => accepted(1), { bodyLimit: 100 });
  const request = new Request("http://a/", { method: "POST", body: "{}" });
  await request.text();

  const response = await receive(request);

  expect(response.status).toBe(503);
  expect(await response.text()).toContain("BODY_READ_BEFORE");
});

test("a body that somebody lets come as text is not the one that was signed", async () => {
  const { fetch, received } = startWeb();
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue("{}");
      controller.close();
    },
  });

  const response = await fetch(new Request(url, { method: "POST", body, duplex: "half" }));

  expect(response.status).toBe(503);
  expect(await response.text()).toContain("BODY_READ_BEFORE");
  expect(received).toEqual([]);
});

test.each([
  ["mismatch", "01234"],
  ["empty", ""],
] as const)(
  "a body of which somebody hands on the beginning alone looks as if it were %s",
  async (kind, body) => {
    const { fetch } = startWeb(async () => refused(kind));
    const post = (length: string): Promise<Response> =>
      fetch(new Request(url, { method: "POST", body, headers: { "content-length": length } }));

    const [cut, whole] = [await post("6"), await post(String(body.length))];

    expect(cut.status).toBe(503);
    expect(await cut.text()).toContain("BODY_READ_BEFORE");
    expect(whole.status).toBe(refused(kind).status);
  },
);

test("a genuine body is received, though who has unpacked it left the length of what came", async () => {
  const { fetch } = startWeb();

  const response = await fetch(
    new Request(url, { method: "POST", body: "01234", headers: { "content-length": "6" } }),
  );

  expect(response.status).toBe(200);
});

test("a client that leaves in the middle is an error of its own, and nothing is received", async () => {
  const { fetch, received } = startWeb();
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
  const request = new Request(url, { method: "POST", body, duplex: "half" });

  await expect(fetch(request)).rejects.toThrow("gone");

  expect(received).toEqual([]);
});

test.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])("%s is no way to send events", async (method) => {
  const { fetch, received } = startWeb();

  const response = await fetch(new Request(url, { method }));

  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("POST");
  expect(received).toEqual([]);
});

test("a signature that comes twice is none that could be right", async () => {
  const { fetch, received } = startWeb();
  const headers = new Headers([
    ["x-comapi-signature", "abc"],
    ["x-comapi-signature", "def"],
  ]);

  await fetch(new Request(url, { method: "POST", body: "{}", headers }));

  expect(received.map(({ signature }) => signature)).toEqual(["abc, def"]);
});

test("a fault of ours says when to come again", async () => {
  const { fetch } = startWeb(async () => refused("unavailable"));

  const response = await fetch(new Request(url, { method: "POST", body: "{}" }));

  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
});

test("memory for large bodies is given back after each answer, also after a failure", async () => {
  const fetch = webReceiver(async () => accepted(1), { bodyLimit: 20 * 1024 * 1024 });
  const large = new Uint8Array(15 * 1024 * 1024);
  const broken = (): Request => {
    const chunks = [large];
    const body = new ReadableStream({
      pull: (controller) => {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.error(new Error("gone"));
        else controller.enqueue(chunk);
      },
    });
    return new Request(url, { method: "POST", body, duplex: "half" });
  };

  for (let round = 0; round < 10; round += 1) await expect(fetch(broken())).rejects.toThrow("gone");
  const response = await fetch(new Request(url, { method: "POST", body: large }));

  expect(response.status).toBe(200);
});

test("many large bodies at once get no more memory than there is, and it is given back when they are over", async () => {
  const fetch = webReceiver(async () => accepted(1), { bodyLimit: 30 * 1024 * 1024 });
  const large = new Uint8Array(29 * 1024 * 1024);
  // One that is on its way, until its client leaves.
  const onItsWay = () => {
    const left = Promise.withResolvers<never>();
    let isSent = false;
    const stream = new ReadableStream({
      pull: (controller) => {
        if (isSent) return left.promise;
        isSent = true;
        return controller.enqueue(large);
      },
    });
    const answered = fetch(new Request(url, { method: "POST", body: stream, duplex: "half" }));
    return { answered, leave: () => left.reject(new Error("gone")) };
  };
  const open = [1, 2, 3, 4].map(onItsWay);
  await turn();

  const fifth = streamOf([large], { ends: false });
  const refusal = await fetch(fifth.request);
  for (const { leave } of open) leave();
  const gone = await Promise.allSettled(open.map(({ answered }) => answered));
  const again = await fetch(new Request(url, { method: "POST", body: large }));

  expect([refusal.status, fifth.isCancelled(), again.status]).toEqual([503, true, 200]);
  expect(gone.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected", "rejected"]);
});
