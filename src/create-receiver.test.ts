import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { buffer } from "node:stream/consumers";
import { describe, expect, test, vi } from "vitest";
import { testServer } from "../test/support/network/http-server.ts";
import { ask } from "../test/support/network/raw-http.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { addSecret } from "./config/secrets/secrets.ts";
import { createReceiver, type Receiver, type ReceiverOptions } from "./create-receiver.ts";
import { DataInUseError, DataVersionError } from "./errors.ts";
import { sign } from "./event/signature.ts";
import { openLedger } from "./ledger/open-ledger.ts";
import { leveledLog, type Log, logLevels } from "./log.ts";
import { openQueue } from "./queue/open-queue.ts";
import { eventually } from "./testing/eventually.ts";
import { recordedLog } from "./testing/recorded-log.ts";
import { opened } from "./testing/queue-driver/harness.ts";

const secret = "2f1f8f0a-5f1b-4a57-9a40-1b2f2f7f9c11";
const body = '{ "eventId": "e1", "name": "message.failed", "payload": {"id": "m1"}, "revision": 2 }';
const url = "https://hooks.example.com/webhooks";

const delivery = (text: string, by = secret): Request =>
  new Request(url, { method: "POST", body: text, headers: { "x-comapi-signature": sign(text, by) } });

/** A receiver in a folder of its own. */
async function startReceiver(options: Omit<ReceiverOptions, "data"> = { secret }) {
  const folder = await tempFolder();
  const data = join(folder.path, "data");
  const open: Receiver[] = [];
  const start = async (more: Omit<ReceiverOptions, "data"> = options): Promise<Receiver> => {
    const receiver = await createReceiver({ ...more, data });
    open.push(receiver);
    return receiver;
  };
  return {
    receiver: await start(),
    again: start,
    data,
    [Symbol.asyncDispose]: async () => {
      for (const receiver of open) await receiver.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("the folder that it makes is nothing for git, since it may be in a project", async () => {
  await using started = await startReceiver();

  expect(await readFile(join(started.data, ".gitignore"), "utf8")).toBe("*\n");
});

/** Ids of the events that wait in the queue of a data folder. */
async function waitingIn(data: string): Promise<readonly string[]> {
  const queue = await openQueue("sqlite:", data, { leaseMs: 30_000, highWater: 1_000 });
  await queue.own([0]);
  const deliveries = await queue.receive(100, AbortSignal.timeout(100));
  await queue.close();
  return deliveries.map(({ message }) => opened({ message }).eventId);
}

/** How many events the queue of a data folder has, also of those that are under way. */
async function leftIn(data: string): Promise<number> {
  const queue = await openQueue("sqlite:", data, { leaseMs: 30_000, highWater: 1_000 });
  const { messages } = await queue.depth();
  await queue.close();
  return messages;
}

const rejects = (): Promise<never> => Promise.reject(new Error("no disk"));
const asyncLog = Object.fromEntries(logLevels.map((level) => [level, rejects])) as unknown as Log;

test("settings that work but are not wise are told in its log, such as a handler that no event may ever reach", async () => {
  const { log, lines } = recordedLog();

  await using _ = await startReceiver({ secret: "short", log, handlers: { "mesage.sent": () => {} } });

  expect(
    lines.filter(({ fact }) => fact === "config.warning").map(({ fields }) => fields?.["warning"]),
  ).toEqual([
    expect.stringMatching(/^secret in the options has 5 characters/),
    'handlers["mesage.sent"] in the options matches no known event. Did you mean message.sent?',
  ]);
});

describe("a receiver without handlers", () => {
  test("takes deliveries as Request → Response, and leaves the events in the queue, where others see them at once", async () => {
    await using started = await startReceiver();

    const response = await started.receiver.fetch(delivery(`[${body}]`));
    const waiting = await waitingIn(started.data);

    expect([response.status, await response.json()]).toEqual([200, { accepted: 1 }]);
    expect(waiting).toEqual(["e1"]);
  });

  test("takes deliveries in a server of node:http", async () => {
    await using started = await startReceiver();
    await using server = await testServer(started.receiver.node);

    const headers = { "x-comapi-signature": sign(body, secret) };
    const answers = [await ask(server.url, { body, headers }), await ask(server.url, { body })];

    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
    await started.receiver.close();
    expect(await waitingIn(started.data)).toEqual(["e1"]);
  });

  test("answers what it refuses as the server does", async () => {
    await using started = await startReceiver();
    const requests: readonly (readonly [Request, number])[] = [
      [delivery(body, "another"), 401],
      [new Request(url, { method: "POST", body }), 401],
      [new Request(url, { method: "POST" }), 400],
      [delivery("{"), 400],
      [new Request(url), 405],
    ];

    for (const [request, status] of requests) {
      const response = await started.receiver.fetch(request);

      expect(response.status).toBe(status);
      expect(await response.json()).toHaveProperty("error.code");
    }
  });
});

test("a request that is refused, and what reads bodies before, are told in the log too, since only the sender hears the answer", async () => {
  const recorded = recordedLog();
  await using started = await startReceiver({ secret, log: recorded.log });
  await using server = await testServer(async (request, response) => {
    await buffer(request);
    await started.receiver.node(request, response);
  });
  const request = delivery(body);
  await request.text();

  const statuses = [
    (await started.receiver.fetch(request)).status,
    (await ask(server.url, { body })).status,
    (await started.receiver.fetch(delivery(body))).status,
    (await started.receiver.fetch(delivery(body, "another"))).status,
  ];

  expect(statuses).toEqual([503, 503, 200, 401]);
  expect(recorded.lines).toMatchObject([
    {
      level: "error",
      fact: "receive.refused",
      fields: {
        kind: "readBefore",
        refused: 1,
        cure: expect.stringContaining("before anything that reads bodies, such as express.json()"),
      },
    },
    { level: "warn", fact: "receive.refused", fields: { kind: "mismatch", refused: 1 } },
  ]);
});

describe("a receiver with handlers", () => {
  test("handles what it received, and writes it down", async () => {
    const handled: unknown[] = [];
    await using started = await startReceiver({
      secret,
      handlers: {
        "message.failed": (event) => void handled.push([event.eventId, event.revision, event.text]),
        "*": () => void handled.push("other"),
      },
    });

    await started.receiver.fetch(delivery(body));
    await started.receiver.fetch(delivery(body));
    await started.receiver.fetch(delivery('{"eventId":"e2","name":"chat.create"}'));

    await eventually(async () => expect(await leftIn(started.data)).toBe(0));
    expect(handled).toEqual([["e1", 2, body], "other"]);
    await started.receiver.close();
    const ledger = await openLedger("sqlite:", started.data);
    expect(await ledger.get("e1")).toMatchObject({ status: "handled", deliveries: 2 });
    await ledger.close();
  });

  test("lets a handler that runs finish before it is closed", async () => {
    const gate = Promise.withResolvers<void>();
    let isDone = false;
    let isBegun = false;
    await using started = await startReceiver({
      secret,
      handlers: {
        "*": async () => {
          isBegun = true;
          await gate.promise;
          isDone = true;
        },
      },
    });
    await started.receiver.fetch(delivery(body));
    await eventually(() => expect(isBegun).toBe(true));

    const closed = started.receiver.close();
    gate.resolve();
    await closed;

    expect(isDone).toBe(true);
    expect(await waitingIn(started.data)).toEqual([]);
  });

  test("tells where to a log of one's own, and nowhere else", async () => {
    const recorded = recordedLog();
    const broken = (): never => {
      throw new Error("broken");
    };
    await using started = await startReceiver({
      secret,
      log: recorded.log,
      maxAttempts: 1,
      handlers: { "*": broken },
    });

    await started.receiver.fetch(delivery(body));

    const facts = ["drift.unlike_schema", "drift.unlike_schema", "event.dead"];
    await eventually(() => expect(recorded.facts().toSorted()).toEqual(facts));
  });

  test.each([
    [
      "throws",
      leveledLog("debug", () => {
        throw new Error("no disk");
      }),
    ],
    ["rejects", asyncLog],
  ])("is not disturbed by a log that %s", async (_, log) => {
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
    let runs = 0;
    const handlers = {
      "*": () => {
        runs += 1;
        if (runs === 1) throw new Error("once");
      },
    };
    await using started = await startReceiver({ secret, log, handlers, backoffMin: 10 });

    const responses = [
      await started.receiver.fetch(delivery("{")),
      await started.receiver.fetch(delivery(body)),
    ];

    expect(responses.map(({ status }) => status)).toEqual([400, 200]);
    await eventually(async () => expect(await leftIn(started.data)).toBe(0));
    expect(runs).toBe(2);
    expect(warned).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^The log given to Hookwell fails: /),
    );
    warned.mockRestore();
  });

  test("is the only one that handles in its data folder", async () => {
    const handlers = { "*": () => undefined };
    await using started = await startReceiver({ secret, handlers });

    const error = await started.again().catch((error: unknown) => error);

    expect(error).toBeInstanceOf(DataInUseError);
    expect(error).toMatchObject({
      code: "DATA_IN_USE",
      message:
        `${join(started.data, "ledger.db")} is in use by another Hookwell process, or by another receiver of ` +
        "this one. Stop that one, or set `data` to " +
        "another folder. To process the same events in several processes, set `ledger` to postgres://… for all of them.",
    });
    expect((error as Error).stack).not.toContain("HOOKWELL_");
    const response = await started.receiver.fetch(delivery(body));
    expect(response.status).toBe(200);
  });
});

describe("the secret", () => {
  test("may be several, as in a rotation", async () => {
    await using started = await startReceiver({ secret, secrets: { next: "the next secret of the sender" } });

    const responses = [
      await started.receiver.fetch(delivery(body)),
      await started.receiver.fetch(delivery(body, "the next secret of the sender")),
      await started.receiver.fetch(delivery(body, "the last secret of the sender")),
    ];

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 401]);
  });

  test("may be one of the data folder", async () => {
    await using folder = await tempFolder();
    await addSecret(folder.path, { name: "stored", value: secret });

    const receiver = await createReceiver({ data: folder.path });
    const response = await receiver.fetch(delivery(body));

    expect(response.status).toBe(200);
    await receiver.close();
  });
});

test("files of a newer version are not touched", async () => {
  await using started = await startReceiver();
  await started.receiver.close();
  const db = new DatabaseSync(join(started.data, "queue.db"));
  db.exec("pragma user_version = 99");
  db.close();

  const error = await started.again().catch((error: unknown) => error);

  expect(error).toBeInstanceOf(DataVersionError);
  expect(error).toMatchObject({ code: "DATA_VERSION" });
});

test("the end of a block that it is used in closes it", async () => {
  await using started = await startReceiver();
  let left: Receiver | undefined;

  {
    await using receiver = await started.again();
    left = receiver;
    expect((await left.fetch(delivery(body))).status).toBe(200);
  }

  expect((await left.fetch(delivery(body))).status).toBe(503);
});

test("what is closed takes nothing more: the sender shall try again, and it may be closed twice", async () => {
  await using started = await startReceiver();

  await Promise.all([started.receiver.close(), started.receiver.close()]);
  const response = await started.receiver.fetch(delivery(body));

  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  const again = await started.again();
  expect((await again.fetch(delivery(body))).status).toBe(200);
});

test("a receiver whose events nobody could ever handle is refused", async () => {
  const starting = startReceiver({ secret, queue: "memory:" });

  await expect(starting).rejects.toThrow(/^queue in the options is memory:, which no other process/);
  await using handling = await startReceiver({
    secret,
    queue: "memory:",
    handlers: { "*": () => undefined },
  });
  expect((await handling.receiver.fetch(delivery(body))).status).toBe(200);
});
