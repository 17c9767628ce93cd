import { expect, test } from "vitest";
import { Families } from "../../src/event/entity.ts";
import { type Envelope, parseBatch } from "../../src/event/envelope.ts";
import { verify } from "../../src/event/signature.ts";
import { draftsOf } from "./draft.ts";
import type { Signing } from "./job.ts";
import { RequestStream } from "./request-stream.ts";

const signing: Signing = { secret: "a-secret", algorithm: "sha1", header: "x-comapi-signature", prefix: "" };

test.each([1, 2, 50, 500])("a request with %i events is whole and signed over its bytes", (batch) => {
  const stream = streamOf(batch);

  const requests = Array.from({ length: 7 }, () => read(stream.next()));

  for (const { head, body, events } of requests) {
    expect(head).toContain("POST /hook HTTP/1.1\r\n");
    expect(Number(/content-length: (\d+)/.exec(head)?.[1])).toBe(body.length);
    expect(verify(body, /x-comapi-signature: (\S+)/.exec(head)?.[1], signing.secret)).toBe(true);
    expect(events).toHaveLength(batch);
  }
});

test("another algorithm has its own length and prefix", () => {
  const sha256: Signing = { ...signing, algorithm: "sha256", prefix: "sha256=" };

  const { head } = read(new RequestStream(draftsOf({ path: "/", batch: 3, signing: sha256 }), sha256).next());

  expect(head).toMatch(/x-comapi-signature: sha256=[0-9a-f]{64}$/);
  expect(head).not.toMatch(/sha256=0{64}$/);
});

test("no event id comes twice, from one stream or from two", () => {
  const streams = [streamOf(1), streamOf(1), streamOf(50)];

  const ids = streams.flatMap((stream) => take(stream, 40)).map(({ eventId }) => eventId);

  expect(ids).toHaveLength(40 + 40 + 2_000);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id))).toBe(
    true,
  );
});

test.each([1, 50])(
  "requests of %i tell lives of messages in order, each of a message of its own",
  (batch) => {
    const events = take(streamOf(batch), 12);

    const lives = Map.groupBy(events, ({ entity }) => entity);
    for (const life of lives.values()) {
      expect(["2", "2 3", "2 3 4"]).toContain(life.map(({ revision }) => revision).join(" "));
    }
    expect(lives.size).toBe(batch === 1 ? 4 : 12 * 17);
  },
);

function streamOf(batch: number): RequestStream {
  return new RequestStream(draftsOf({ path: "/hook", batch, signing }), signing);
}

function take(stream: RequestStream, requests: number): readonly Envelope[] {
  return Array.from({ length: requests }, () => read(stream.next()).events).flat();
}

function read(request: Buffer): { head: string; body: Buffer; events: readonly Envelope[] } {
  const end = request.indexOf("\r\n\r\n");
  // A copy, since the stream writes its next request into the same bytes.
  const body = Buffer.from(request.subarray(end + 4));
  const { envelopes } = parseBatch(body, new Families());
  return { head: request.toString("latin1", 0, end), body, events: envelopes };
}
