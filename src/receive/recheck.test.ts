import { opened as messageOf, ownAll } from "../testing/queue-driver/harness.ts";
import { describe, expect, test, vi } from "vitest";
import {
  aRefused,
  openQuarantine,
  refusedSignedWith,
  type OpenQuarantine,
} from "../../test/support/events/refused.ts";
import { EventTooLargeError } from "../errors.ts";
import { Families } from "../event/entity.ts";
import type { Message } from "../event/message.ts";
import type { Secret } from "../event/signature.ts";
import type { QueueDriver } from "../queue/driver.ts";
import { memoryQueue } from "../queue/drivers/memory/queue.ts";
import { Queue } from "../queue/queue.ts";
import { copyNames } from "./copy-name.ts";
import { recheck } from "./recheck.ts";

const rotatedIn = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const event = (id: string): string => `{ "eventId": "${id}", "name": "message.sent", "revision": 1.0 }`;

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `e${from + at}`);

type Put = QueueDriver["send"];

/** Notes how many messages are in each list that goes to the queue. */
const noting =
  (sent: number[], otherwise?: Put) =>
  (messages: readonly Message[], put: Put): Promise<void> => {
    sent.push(messages.length);
    return (otherwise ?? put)(messages);
  };

interface Checking extends OpenQuarantine {
  /** Keeps requests that were signed with the secret that is rotated in later. */
  keep(...bodies: readonly string[]): Promise<void>;
  /** Checks again with these secrets. */
  check(...secrets: readonly string[]): Promise<{ checked: number; accepted: number }>;
  /** The names of the secrets that were right, once for each request. */
  readonly verified: readonly string[];
  /** What is in the queue, which is then empty. */
  queued(): Promise<readonly Message[]>;
  /** The ids of what is in the queue, which is then empty. */
  queuedIds(): Promise<readonly string[]>;
  /** Kinds and bodies that are kept, oldest first. */
  kept(): Promise<readonly (readonly [string, string])[]>;
}

async function openChecking(
  around: (messages: readonly Message[], put: Put) => Promise<void> = (messages, put) => put(messages),
): Promise<Checking> {
  const opened = await openQuarantine();
  const driver = memoryQueue();
  const wrapped: QueueDriver = {
    ...driver,
    depth: () => driver.depth(),
    send: (batch) => around(batch, (messages) => driver.send(messages)),
  };
  const queue = new Queue(wrapped, { highWater: 10_000 });
  const { quarantine } = opened;
  const verified: string[] = [];
  const onVerified = (name: string): void => void verified.push(name);
  const parts = { quarantine, queue, families: new Families(), newCopy: copyNames(), onVerified };
  const queued = async (): Promise<readonly Message[]> => {
    await ownAll(driver);
    const deliveries = await driver.receive(1_000, AbortSignal.timeout(10));
    await driver.ack(deliveries);
    return deliveries.map(messageOf);
  };
  return {
    ...opened,
    keep: (...bodies) => quarantine.add(bodies.map((body) => refusedSignedWith(rotatedIn, body))),
    verified,
    check: (...values) => {
      const secrets = values.map((value, index): Secret => ({ name: `${index}`, value }));
      return recheck({ ...parts, secrets: () => secrets });
    },
    queued,
    queuedIds: async () => (await queued()).map(({ eventId }) => eventId),
    kept: async () => {
      const ids = await quarantine.ids();
      const all = await Promise.all(ids.map((id) => quarantine.get(id)));
      return all.map((each) => [each?.kind ?? "", Buffer.from(each?.body ?? []).toString()] as const);
    },
  };
}

describe("what was refused for its signature", () => {
  test("is accepted once its secret is active, with its bytes and the time at which it came", async () => {
    await using checking = await openChecking();
    const body = `[${event("e1")}, ${event("e2")}]`;
    await checking.quarantine.add([refusedSignedWith(rotatedIn, body, { receivedAt: 5 })]);
    expect(await checking.check("another")).toEqual({ checked: 1, accepted: 0 });

    const result = await checking.check("another", rotatedIn);

    expect(result).toEqual({ checked: 1, accepted: 1 });
    const messages = await checking.queued();
    expect(messages.map((message) => Buffer.from(message.body).toString())).toEqual([
      event("e1"),
      event("e2"),
    ]);
    expect(messages).toMatchObject([
      { eventId: "e1", receivedAt: 5, replay: false },
      { eventId: "e2", receivedAt: 5 },
    ]);
    expect(await checking.kept()).toEqual([]);
  });

  test("counts for its secret when it is accepted, and nothing that stays does", async () => {
    await using checking = await openChecking();
    await checking.quarantine.add([
      refusedSignedWith(rotatedIn, event("e1")),
      refusedSignedWith(rotatedIn, "{"),
      // This one was verified, and counted, when it came.
      refusedSignedWith(rotatedIn, event("e2"), { kind: "malformed" }),
    ]);

    const result = await checking.check("another", rotatedIn);

    expect(result).toEqual({ checked: 3, accepted: 2 });
    expect(checking.verified).toEqual(["1"]);
  });

  test("stays if its secret is not active, or it has no signature", async () => {
    await using checking = await openChecking();
    await checking.quarantine.add([
      refusedSignedWith("retired", event("e1")),
      refusedSignedWith("retired", event("e2"), { kind: "malformed" }),
      aRefused({ kind: "unsigned", body: Buffer.from(event("e3")) }),
    ]);

    const result = await checking.check(rotatedIn);

    expect(result).toEqual({ checked: 3, accepted: 0 });
    expect(await checking.queued()).toEqual([]);
    expect(await checking.kept()).toHaveLength(3);
  });

  test("stays if it is signed but still no event", async () => {
    await using checking = await openChecking();
    await checking.keep("{", '{"a":1}');

    const result = await checking.check(rotatedIn);

    expect(result).toEqual({ checked: 2, accepted: 0 });
    expect((await checking.kept()).map(([kind]) => kind)).toEqual(["mismatch", "mismatch"]);
  });

  test("leaves its unusable parts behind, and they are looked at no more often than others", async () => {
    await using checking = await openChecking();
    await checking.keep(`[${event("e1")}, 7, {"name":"n"}]`);

    const results = [await checking.check(rotatedIn), await checking.check(rotatedIn)];

    expect(results).toEqual([
      { checked: 1, accepted: 1 },
      { checked: 2, accepted: 0 },
    ]);
    expect(await checking.queuedIds()).toEqual(["e1"]);
    expect(await checking.kept()).toEqual([
      ["unusable", "7"],
      ["unusable", '{"name":"n"}'],
    ]);
  });
});

test("two checks at once, as of two processes, leave each unusable part behind once", async () => {
  await using checking = await openChecking();
  await checking.keep(`[${event("e1")}, 7]`, `[${event("e2")}, 8]`);

  await Promise.all([checking.check(rotatedIn), checking.check(rotatedIn)]);

  expect(await checking.kept()).toEqual([
    ["unusable", "7"],
    ["unusable", "8"],
  ]);
});

test("an unusable part is accepted by itself once it can be read, without a signature of its own", async () => {
  await using checking = await openChecking();
  const body = Buffer.from(event("e1"));
  await checking.quarantine.add([
    aRefused({ kind: "unusable", body, headers: { "x-comapi-signature": "x" } }),
  ]);

  const result = await checking.check();

  expect(result).toEqual({ checked: 1, accepted: 1 });
  expect(await checking.queuedIds()).toEqual(["e1"]);
});

test("an unusable part that is an array without an event stays as it is", async () => {
  await using checking = await openChecking();
  const bodies = ["[]", "[7]"];
  await checking.quarantine.add(
    bodies.map((body) => aRefused({ kind: "unusable", body: Buffer.from(body) })),
  );

  const result = await checking.check();

  expect(result).toEqual({ checked: 2, accepted: 0 });
  expect(await checking.kept()).toEqual(bodies.map((body) => ["unusable", body]));
});

test("nothing is accepted twice", async () => {
  await using checking = await openChecking();
  await checking.keep(event("e1"), event("e2"));

  const results = [await checking.check(rotatedIn), await checking.check(rotatedIn)];

  expect(results.map(({ accepted }) => accepted)).toEqual([2, 0]);
  expect(await checking.queued()).toHaveLength(2);
});

test("the oldest comes first", async () => {
  await using checking = await openChecking();
  for (const id of ["e1", "e2", "e3"]) await checking.keep(event(id));

  await checking.check(rotatedIn);

  expect(await checking.queuedIds()).toEqual(["e1", "e2", "e3"]);
});

test("they go to the queue as one list, in order, since a server may confirm many as soon as one", async () => {
  const sent: number[] = [];
  await using checking = await openChecking(noting(sent));
  await checking.keep(`[${event("e1")}, ${event("e2")}]`, event("e3"));

  expect(await checking.check(rotatedIn)).toEqual({ checked: 2, accepted: 2 });

  expect(sent).toEqual([3]);
  expect(await checking.queuedIds()).toEqual(["e1", "e2", "e3"]);
});

test("what was accepted leaves the quarantine together, since each change of its file is flushed", async () => {
  await using checking = await openChecking();
  const ids = range(0, 100);
  await checking.keep(...ids.map(event));
  const { quarantine } = checking;
  const remove = quarantine.remove.bind(quarantine);
  let underWay = 0;
  let most = 0;
  vi.spyOn(quarantine, "remove").mockImplementation(async (id) => {
    most = Math.max(most, (underWay += 1));
    return remove(id).finally(() => (underWay -= 1));
  });

  expect(await checking.check(rotatedIn)).toEqual({ checked: 100, accepted: 100 });

  expect(most).toBe(100);
  expect(await checking.kept()).toEqual([]);
});

test("a long one keeps its place before those that came later, with all of its parts", async () => {
  await using checking = await openChecking();
  const ids = range(0, 1_500);
  const bodies = [
    `[${ids.slice(0, 900).map(event).join(",")}]`,
    `[${ids.slice(900, -1).map(event).join(",")}]`,
  ];
  await checking.keep(`[${"1,".repeat(1_000)}${event("e")}]`, ...bodies, event("e1499"));

  await checking.check(rotatedIn);

  expect(await checking.queuedIds()).toEqual(["e", ...ids].slice(0, 1_000));
  expect(await checking.queuedIds()).toEqual(["e", ...ids].slice(1_000));
});

test("more events than a server takes in good time go to the queue part by part, in order", async () => {
  const sent: number[] = [];
  await using checking = await openChecking(noting(sent));
  const array = (from: number): string =>
    `[${range(from, from + 3_000)
      .map(event)
      .join(",")}]`;
  await checking.keep(array(0), array(3_000));

  expect(await checking.check(rotatedIn)).toEqual({ checked: 2, accepted: 2 });

  expect(Math.max(...sent)).toBeLessThanOrEqual(1_000);
  expect(await checking.queuedIds()).toEqual(range(0, 1_000));
  expect(checking.verified).toEqual(["0", "0"]);
});

test("a single request goes to the queue part by part", async () => {
  const sent: number[] = [];
  await using checking = await openChecking(noting(sent));
  await checking.keep(`[${range(0, 1_500).map(event).join(",")}]`);

  await checking.check(rotatedIn);

  expect(sent).toEqual([1_000, 500]);
});

test("they are as many as fit into the memory: more wait for their turn, and all are accepted", async () => {
  let underWay = 0;
  let most = 0;
  await using checking = await openChecking(async (messages, put) => {
    underWay += messages.length;
    most = Math.max(most, underWay);
    await put(messages);
    underWay -= messages.length;
  });
  const large = (id: string): string => `${event(id)}${" ".repeat(3 * 1_024 * 1_024)}`;
  await checking.keep(large("e1"), large("e2"), large("e3"));

  expect(await checking.check(rotatedIn)).toEqual({ checked: 3, accepted: 3 });

  expect(most).toBe(1);
  expect(await checking.kept()).toEqual([]);
});

test("one that is too large for the queue leaves all others accepted, and is told", async () => {
  await using checking = await openChecking((messages, put) =>
    messages.some(({ eventId }) => eventId === "e1")
      ? Promise.reject(new EventTooLargeError("too large", [0]))
      : put(messages),
  );
  await checking.keep(event("e1"), event("e2"));

  await expect(checking.check(rotatedIn)).rejects.toThrow("too large");

  expect(await checking.kept()).toEqual([["mismatch", event("e1")]]);
  expect(await checking.queuedIds()).toEqual(["e2"]);
  expect(checking.verified).toEqual(["0"]);
});

test("one that somebody removes meanwhile is passed over, and the others are accepted", async () => {
  await using checking = await openChecking();
  await checking.keep(event("e1"), event("e2"), event("e3"));
  const ids = await checking.quarantine.ids();
  vi.spyOn(checking.quarantine, "ids").mockResolvedValueOnce(ids);

  await checking.quarantine.remove(ids[1] ?? "");

  expect(await checking.check(rotatedIn)).toEqual({ checked: 3, accepted: 2 });
  expect(await checking.queuedIds()).toEqual(["e1", "e3"]);
});

test("what the queue does not take stays, and is accepted later", async () => {
  let isFull = true;
  await using checking = await openChecking((messages, put) =>
    isFull ? Promise.reject(new Error("disk full")) : put(messages),
  );
  await checking.keep(event("e1"));

  await expect(checking.check(rotatedIn)).rejects.toThrow("disk full");
  expect(await checking.kept()).toHaveLength(1);
  isFull = false;

  expect(await checking.check(rotatedIn)).toEqual({ checked: 1, accepted: 1 });
  expect(await checking.queued()).toHaveLength(1);
});

test("a queue that takes nothing is not asked for each of them", async () => {
  const sent: number[] = [];
  await using checking = await openChecking(noting(sent, () => Promise.reject(new Error("disk full"))));
  await checking.keep(event("e1"), event("e2"), event("e3"));

  await expect(checking.check(rotatedIn)).rejects.toThrow("disk full");

  expect(sent).toEqual([3, 1]);
});

test("a crash after the queue has it leaves a repeat under another copy name, and never a gap", async () => {
  await using checking = await openChecking();
  await checking.keep(event("e1"));
  vi.spyOn(checking.quarantine, "remove").mockRejectedValueOnce(new Error("killed"));
  await expect(checking.check(rotatedIn)).rejects.toThrow("killed");

  const result = await checking.check(rotatedIn);

  expect(result.accepted).toBe(1);
  const messages = await checking.queued();
  expect(messages.map(({ eventId }) => eventId)).toEqual(["e1", "e1"]);
  expect(new Set(messages.map(({ copy }) => copy)).size).toBe(2);
});

test("one that another check has taken meanwhile is passed over", async () => {
  await using checking = await openChecking();
  await checking.keep(event("e1"));
  const ids = await checking.quarantine.ids();
  vi.spyOn(checking.quarantine, "ids").mockResolvedValue([...ids, "4711"]);

  expect(await checking.check(rotatedIn)).toEqual({ checked: 2, accepted: 1 });
});
