import { opened, ownAll } from "../testing/queue-driver/harness.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EventTooLargeError, QuarantineUnavailableError, QueueUnavailableError } from "../errors.ts";
import { Families } from "../event/entity.ts";
import type { Message } from "../event/message.ts";
import { sign, type Secret } from "../event/signature.ts";
import { sleep } from "../lib/async/sleep.ts";
import type { QueueDriver } from "../queue/driver.ts";
import { memoryQueue } from "../queue/drivers/memory/queue.ts";
import { Queue } from "../queue/queue.ts";
import { bytesOf } from "../testing/bytes.ts";
import { eventually } from "../testing/eventually.ts";
import { never } from "../testing/queue-driver/harness.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { copyNames } from "./copy-name.ts";
import type { Refused } from "./quarantine.ts";
import { createReceive, type ReceiveParts } from "./receive.ts";
import type { Reply } from "./reply.ts";

const secret = "2f1f8f0a-5f1b-4a57-9a40-1b2f2f7f9c11";
const secrets: readonly Secret[] = [
  { name: "old", value: "4d1c1a54-6a2f-4a3e-9b60-3d3d86ad6a10" },
  { name: "default", value: secret },
];
const event = '{"eventId":"e1","name":"message.sent","payload":{"id":"m1"},"revision":1}';
const other = '{ "eventId": "e2", "name": "message.read", "payload": {"id": "m1"}, "revision": 3 }';

interface Setting extends Partial<ReceiveParts> {
  readonly driver?: QueueDriver;
  readonly highWater?: number;
}

/** The receiver over a queue in memory and a quarantine that only remembers. */
function startReceive({ driver = memoryQueue(), highWater = 1_000, ...parts }: Setting = {}) {
  const kept: Refused[] = [];
  const verified: string[] = [];
  const recorded = recordedLog();
  const receive = createReceive({
    queue: new Queue(driver, { highWater }),
    families: new Families(),
    quarantine: {
      add: async (requests) => void kept.push(...requests),
      addIfRoom: (request) => void kept.push(request),
      keeps: () => true,
    },
    secrets: () => secrets,
    onVerified: (name) => void verified.push(name),
    newCopy: copyNames(),
    now: () => 1_000,
    log: recorded.log,
    ...parts,
  });
  const post = (body: string | Uint8Array, signature?: string | null): Promise<Reply> => {
    const bytes = typeof body === "string" ? bytesOf(body) : body;
    return receive({
      body: bytes,
      signature: signature === null ? undefined : (signature ?? sign(bytes, secret)),
      headers: () => ({ "Content-Type": "application/json", Authorization: "Basic c2VjcmV0" }),
    });
  };
  const queued = async (): Promise<readonly Message[]> => {
    await ownAll(driver);
    return (await driver.receive(1_000, AbortSignal.timeout(20))).map(opened);
  };
  return { post, queued, kept, verified, ...recorded };
}

const textOf = ({ body }: { readonly body: Uint8Array }): string => new TextDecoder().decode(body);
const codeOf = ({ body }: Reply): unknown =>
  (JSON.parse(body) as { readonly error?: { readonly code?: unknown } }).error?.code;

describe("a signed delivery", () => {
  test("is accepted once all its events are in the queue, with their exact bytes", async () => {
    const { post, queued, kept } = startReceive();

    const reply = await post(`[ ${event},\n${other} ]`);

    expect(reply).toMatchObject({ kind: "accepted", status: 200, body: '{"accepted":2}' });
    const messages = await queued();
    expect(messages.map(textOf)).toEqual([event, other]);
    expect(messages).toMatchObject([
      { eventId: "e1", name: "message.sent", entity: "message:m1", revision: 1, receivedAt: 1_000 },
      { eventId: "e2", name: "message.read", entity: "message:m1", revision: 3, replay: false },
    ]);
    expect(kept).toEqual([]);
  });

  test("of a single event has the whole body as its bytes", async () => {
    const { post, queued } = startReceive();

    const reply = await post(`\ufeff${event}\n`);

    expect(reply.body).toBe('{"accepted":1}');
    expect((await queued()).map(({ body }) => [...body])).toEqual([[...bytesOf(`\ufeff${event}\n`)]]);
  });

  test("gives each event a copy name of its own, also when the sender repeats it", async () => {
    const { post, queued } = startReceive();

    await post(`[${event},${event}]`);
    await post(event);

    const copies = (await queued()).map(({ copy }) => copy);
    expect(new Set(copies).size).toBe(3);
  });

  test("of an empty array is accepted, with nothing in it", async () => {
    const { post, queued, kept } = startReceive();

    const reply = await post("[]");

    expect(reply).toMatchObject({ status: 200, body: '{"accepted":0}' });
    expect(await queued()).toEqual([]);
    expect(kept).toEqual([]);
  });

  test("may carry a name that nobody knows, and a signature in capitals", async () => {
    const { post, queued } = startReceive();
    const body = '{"eventId":"e9","name":"never.heard.of","more":[1,{"a":null}]}';

    const reply = await post(body, sign(body, secret).toUpperCase());

    expect(reply.status).toBe(200);
    expect(await queued()).toMatchObject([{ name: "never.heard.of", entity: "never:e9", state: null }]);
  });

  test.each(["old", "default"])("may be signed with the secret %s, whose use is counted", async (name) => {
    const { post, verified } = startReceive();

    const reply = await post(event, sign(event, secrets.find((each) => each.name === name)?.value ?? ""));

    expect(reply.status).toBe(200);
    expect(verified).toEqual([name]);
  });

  test("of very many events goes to the queue in parts, so that others have their turn", async () => {
    const sizes: number[] = [];
    const driver: QueueDriver = {
      ...memoryQueue(),
      send: async (messages) => {
        sizes.push(messages.length);
        await sleep(1);
      },
    };
    const { post, kept, lines } = startReceive({ driver, highWater: 10_000 });
    const many = Array.from({ length: 2_500 }, (_, index) => `{"eventId":"${index}","name":"a"},{}`);

    const large = post(`[${many.join()}]`);
    const small = await post(event);

    expect(small.body).toBe('{"accepted":1}');
    expect((await large).body).toBe('{"accepted":2500}');
    expect(sizes).toEqual([500, 1, 500, 500, 500, 500]);
    expect(kept).toHaveLength(1_000);
    expect(lines[0]?.fields).toMatchObject({ count: 2_500, notKept: 1_500 });
  });

  test("of very many elements that are no events leaves others their turn as well", async () => {
    const { post } = startReceive();
    let turns = 0;
    const everyTurn = (): void => {
      turns += 1;
      turn = setImmediate(everyTurn);
    };
    let turn = setImmediate(everyTurn);

    const reply = await post(`[${Array.from({ length: 10_000 }, () => 7).join()}]`);
    clearImmediate(turn);

    expect(reply.body).toBe('{"accepted":0}');
    expect(turns).toBeGreaterThan(5);
  });

  test("with some unusable events is accepted: the good ones are queued, the others kept", async () => {
    const { post, queued, kept, facts, lines } = startReceive();

    const reply = await post(`[${event}, {"name":"message.sent"}, 7, ${other}]`);

    expect(reply).toMatchObject({ status: 200, body: '{"accepted":2}' });
    expect((await queued()).map(({ eventId }) => eventId)).toEqual(["e1", "e2"]);
    expect(kept.map((part) => [part.kind, textOf(part)])).toEqual([
      ["unusable", '{"name":"message.sent"}'],
      ["unusable", "7"],
    ]);
    expect(facts()).toEqual(["receive.unusable_events"]);
    expect(lines[0]?.fields["cure"]).toMatch("`hookwell quarantine list`");
  });
});

describe("a refused delivery", () => {
  test("is one without a body: 400, and nothing is kept", async () => {
    const { post, kept } = startReceive();

    const reply = await post("");

    expect([reply.status, codeOf(reply)]).toEqual([400, "BODY_EMPTY"]);
    expect(kept).toEqual([]);
  });

  test("is one without a signature: 401, and it is kept", async () => {
    const { post, kept, queued, verified } = startReceive();

    const reply = await post(event, null);

    expect([reply.status, codeOf(reply)]).toEqual([401, "SIGNATURE_MISSING"]);
    expect(kept).toMatchObject([{ kind: "unsigned", receivedAt: 1_000, body: bytesOf(event) }]);
    expect(await queued()).toEqual([]);
    expect(verified).toEqual([]);
  });

  test.each([
    ["of another secret", sign(event, "another")],
    ["of another body", sign(other, secret)],
    ["that is empty", ""],
    ["that is no hex", "z".repeat(40)],
    ["that came twice", `${sign(event, secret)}, ${sign(event, secret)}`],
    ["with an algorithm before it", `sha1=${sign(event, secret)}`],
  ])("is one with a signature %s: 401, and it is kept", async (_, signature) => {
    const { post, kept, queued, verified } = startReceive();

    const reply = await post(event, signature);

    expect([reply.status, codeOf(reply)]).toEqual([401, "SIGNATURE_MISMATCH"]);
    expect(kept).toMatchObject([{ kind: "mismatch", body: bytesOf(event) }]);
    expect(await queued()).toEqual([]);
    expect(verified).toEqual([]);
  });

  test.each([
    ["not JSON", "{"],
    ["a text", '"event"'],
    ["a number", "7"],
    ["null", "null"],
    ["an object without an id", '{"name":"message.sent"}'],
    ["an object without a name", '{"eventId":"e1"}'],
    ["an object whose id is no text", '{"eventId":1,"name":"message.sent"}'],
    ["an object with an empty name", '{"eventId":"e1","name":""}'],
    ["an object whose id only its prototype has", '{"__proto__":{"eventId":"e1"},"name":"n"}'],
    ["deeper than anybody can read", "[".repeat(100_000)],
  ])("is one that is signed but %s: 400, and it is kept", async (_, body) => {
    const { post, kept, queued, lines } = startReceive();

    const reply = await post(body);

    expect([reply.status, codeOf(reply)]).toEqual([400, "BODY_MALFORMED"]);
    expect(kept).toMatchObject([{ kind: "malformed", body: bytesOf(body) }]);
    expect(await queued()).toEqual([]);
    expect(lines.map(({ fact, fields }) => [fact, fields["bytes"]])).toEqual([
      ["receive.malformed", bytesOf(body).length],
    ]);
    expect(lines[0]?.fields["cure"]).toMatch("`hookwell quarantine list`");
  });

  test.each([
    ["malformed", "{"],
    ["unusable", `[${event}, 7]`],
  ])("sends nobody to look for what the quarantine has no room for: %s", async (_, body) => {
    const quarantine = { add: async () => undefined, addIfRoom: () => undefined, keeps: () => false };
    const { post, lines } = startReceive({ quarantine });

    await post(body);

    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields["cure"]).toMatch("raise `quarantineMaxCount` and `quarantineMaxBytes`");
    expect(lines[0]?.fields["cure"]).not.toMatch("quarantine list");
  });

  test.each([
    ["malformed", "{", { reason: expect.any(String), bytes: 1 }],
    ["unusable_events", `[${event}, 7, 8]`, { count: 2 }],
  ])("is logged once a minute, with how many there were: %s", async (kind, body, last) => {
    let time = 0;
    const { post, kept, lines } = startReceive({ now: () => time });

    for (time of [0, 1_000, 59_000, 60_000, 61_000]) await post(body);

    const cure = expect.any(String);
    expect(lines.map(({ fact, fields }) => [fact, fields])).toEqual([
      [`receive.${kind}`, { requests: 1, ...last, cure }],
      [`receive.${kind}`, { requests: 3, ...last, cure }],
    ]);
    expect(kept.length).toBeGreaterThanOrEqual(5);
  });

  test("is logged at once if some of it is dropped, also right after others of which all was kept", async () => {
    const { post, lines } = startReceive({ now: () => 0 });
    const tooMany = `[${event}, ${Array.from({ length: 1_001 }, () => "7").join()}]`;

    for (const body of [`[${event}, 7]`, tooMany, tooMany]) await post(body);

    expect(lines.map(({ fields }) => [fields["requests"], fields["count"], fields["notKept"]])).toEqual([
      [1, 1, undefined],
      [1, 1_001, 1],
    ]);
  });

  test("is kept without the headers that may carry credentials", async () => {
    const { post, kept } = startReceive();

    await post(event, null);

    expect(kept.map(({ headers }) => headers)).toEqual([{ "content-type": "application/json" }]);
  });

  test("never shows its content or a secret in the answer or in the log", async () => {
    const { post, lines } = startReceive();

    const replies = [await post('{"private":1}'), await post('"private"', null), await post("private", "x")];

    const said = JSON.stringify([replies, lines]);
    for (const text of ["private", secret]) expect(said).not.toContain(text);
  });
});

describe("what cannot be stored is answered with 503, so that the sender tries again:", () => {
  const broken = (): Promise<never> => Promise.reject(new Error("disk full"));

  test("a delivery that the queue does not take", async () => {
    const driver = { ...memoryQueue(), send: broken, depth: broken };
    const { post, kept, verified, lines } = startReceive({ driver });

    const reply = await post(event);

    expect([reply.status, reply.headers["retry-after"], codeOf(reply)]).toEqual([503, "5", "UNAVAILABLE"]);
    expect(kept).toEqual([]);
    expect(verified).toEqual(["default"]);
    expect(lines).toMatchObject([
      { level: "error", fact: "receive.unavailable", fields: { code: "QUEUE_UNAVAILABLE" } },
    ]);
  });

  test("a delivery with an event that is too large for the engine, and the log says what to raise", async () => {
    const tooLarge = new EventTooLargeError("NATS takes no message as large: raise max_payload.", [0]);
    const { post, lines } = startReceive({
      driver: { ...memoryQueue(), send: () => Promise.reject(tooLarge), depth: broken },
    });

    const reply = await post(event);

    expect([reply.status, codeOf(reply)]).toEqual([503, "UNAVAILABLE"]);
    const fields = { code: "EVENT_TOO_LARGE", error: expect.stringContaining("raise max_payload") };
    expect(lines).toMatchObject([{ level: "error", fact: "receive.unavailable", fields }]);
  });

  test("a delivery over the high-water mark, until there is room again", async () => {
    let time = 0;
    const driver = memoryQueue();
    const { post, facts } = startReceive({ driver, highWater: 2, now: () => time });
    const statuses = [await post(`[${event},${other}]`), await post(event)].map(({ status }) => status);
    expect(statuses).toEqual([200, 503]);

    await ownAll(driver);
    await driver.ack(await driver.receive(10, never));
    // A count may be a quarter of a second old.
    await eventually(async () => expect((await post(event)).status).toBe(200));
    time = 1_000;
    expect((await post(event)).status).toBe(200);

    expect(facts()).toEqual(["receive.unavailable", "receive.available"]);
  });

  test("a signed one that should be kept and cannot be", async () => {
    const full = new QuarantineUnavailableError("no room");
    const { post, lines } = startReceive({
      quarantine: { add: () => Promise.reject(full), addIfRoom: () => undefined, keeps: () => true },
    });

    const replies = [await post("{"), await post(`[${event}, 7]`)];

    expect(replies.map(({ status }) => status)).toEqual([503, 503]);
    expect(lines).toMatchObject([
      { fact: "receive.unavailable", fields: { code: "QUARANTINE_UNAVAILABLE" } },
    ]);
  });

  test("but a stranger's is refused as ever, whatever the quarantine does", async () => {
    const add = vi.fn(() => Promise.reject(new QuarantineUnavailableError("no room")));
    const { post } = startReceive({ quarantine: { add, addIfRoom: () => undefined, keeps: () => true } });

    const replies = [await post(event, null), await post(event, "x")];

    expect(replies.map(({ status }) => status)).toEqual([401, 401]);
    expect(add).not.toHaveBeenCalled();
  });

  test("any while no secret is active, since the fault is ours", async () => {
    const { post, kept, lines } = startReceive({ secrets: () => [] });

    const reply = await post(event);

    expect(reply.status).toBe(503);
    expect(kept).toEqual([]);
    expect(lines).toMatchObject([
      {
        fact: "receive.unavailable",
        fields: {
          code: "CONFIG_INVALID",
          error:
            "No secret is active: set HOOKWELL_SECRET to that of the sender, or add it with `hookwell secret add NAME --stdin`.",
        },
      },
    ]);
  });
});

describe("while nothing can be stored", () => {
  test("the log has a line now and then, not for each request, and one at the end", async () => {
    let time = 0;
    let isFull = true;
    const memory = memoryQueue();
    const { post, lines } = startReceive({
      now: () => time,
      driver: {
        ...memory,
        depth: () => memory.depth(),
        send: (batch) => (isFull ? Promise.reject(new QueueUnavailableError("full")) : memory.send(batch)),
      },
    });
    for (let second = 0; second < 25; second += 1) {
      time = second * 1_000;
      await post(event);
    }

    isFull = false;
    time += 1_000;
    await post(event);
    await post(event);

    expect(lines.map(({ fact, fields }) => [fact, fields["refused"]])).toEqual([
      ["receive.unavailable", 1],
      ["receive.unavailable", 11],
      ["receive.unavailable", 21],
      ["receive.available", 25],
    ]);
  });
});

describe("an engine that never answers", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const silent = (): Promise<never> => new Promise(() => undefined);

  test.each<[string, Setting, string]>([
    ["the queue", { driver: { ...memoryQueue(), send: silent, depth: silent } }, event],
    ["the quarantine", { quarantine: { add: silent, addIfRoom: () => undefined, keeps: () => true } }, "{"],
  ])("%s: the answer is 503 before the sender hangs up", async (_, setting, body) => {
    const { post } = startReceive(setting);
    let reply: Reply | undefined;
    void post(body).then((answer) => (reply = answer));

    await vi.advanceTimersByTimeAsync(7_900);
    expect(reply).toBeUndefined();
    await vi.advanceTimersByTimeAsync(200);

    expect(reply?.status).toBe(503);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("both of them: what the good events took is not there for the others", async () => {
    const queue = memoryQueue();
    const send: QueueDriver["send"] = async (messages) => {
      await sleep(6_000);
      return queue.send(messages);
    };
    const quarantine = { add: silent, addIfRoom: () => undefined, keeps: () => true };
    const { post } = startReceive({ driver: { ...queue, send, depth: silent }, quarantine });
    let reply: Reply | undefined;
    void post(`[${event},1]`).then((answer) => (reply = answer));

    await vi.advanceTimersByTimeAsync(8_100);

    expect(reply?.status).toBe(503);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("leaves no timer behind where it does answer", async () => {
    const { post } = startReceive();

    await post(event);

    expect(vi.getTimerCount()).toBe(0);
  });
});
