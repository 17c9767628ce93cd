import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { buffer } from "node:stream/consumers";
import { describe, expect, test, vi } from "vitest";
import { testServer } from "../test/support/http-server.ts";
import { ask } from "../test/support/raw-http.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { addSecret } from "./config/secrets.ts";
import { createReceiver, type Receiver, type ReceiverOptions } from "./create-receiver.ts";
import { ConfigError, DataInUseError, DataVersionError } from "./errors.ts";
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

/** The code of the error with which this ends. */
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => error,
  );

test("settings that work but are not wise are told in its log, such as a handler that no event may ever reach", async () => {
  const { log, lines } = recordedLog();

  await using _ = await startReceiver({ secret: "short", log, handlers: { "mesage.sent": () => {} } });

  expect(
    lines.filter(({ fact }) => fact === "config.warning").map(({ fields }) => fields?.["warning"]),
  ).toEqual([
    expect.stringMatching(/^secret in the options has 5 characters/),
    'handlers["mesage.sent"] in the options means no known event. Did you mean message.sent?',
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
        cure: expect.stringContaining("before whatever reads bodies, such as express.json()"),
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

    await eventually(() => expect(recorded.facts()).toEqual(["event.dead"]));
  });

  test.each([
    [
      "throws",
      leveledLog("debug", () => {
        throw new Error("no disk");
      }),
    ],
    ["rejects", asyncLog],
    ["is none", {} as Log],
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

    const error = await errorOf(started.again());

    expect(error).toBeInstanceOf(DataInUseError);
    expect(error).toMatchObject({
      code: "DATA_IN_USE",
      message:
        `${join(started.data, "ledger.db")} is in use by another Hookwell process. Stop that one, or set \`data\` to ` +
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

  test("is given once: two under one name are a mistake, for one of them would be refused", async () => {
    await using folder = await tempFolder();
    const secrets = { default: "another secret of the sender" };

    const error = await errorOf(createReceiver({ data: folder.path, secret, secrets }));

    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems).toEqual([
      'secret and secrets.default in the options both name the secret "default": keep one of them.',
    ]);
  });

  test("that cannot be one is told under the name by which it was given", async () => {
    await using folder = await tempFolder();
    const problemsOf = async (given: unknown): Promise<readonly string[]> => {
      const options = { data: folder.path, secret: given, port: 1 } as unknown as ReceiverOptions;
      return ((await errorOf(createReceiver(options))) as ConfigError).problems;
    };
    const ofPort =
      "port in the options is for Hookwell's own server, which createReceiver does not start. Remove it.";

    expect([await problemsOf(""), await problemsOf(7), await problemsOf(null)]).toEqual([
      ["secret in the options is empty: write the secret that is set at the sender.", ofPort],
      ["secret in the options is not usable: write a string.", ofPort],
      ["secret in the options is not usable: write a string.", ofPort],
    ]);
  });

  test("may be one of the data folder", async () => {
    await using folder = await tempFolder();
    await addSecret(folder.path, { name: "stored", value: secret });

    const receiver = await createReceiver({ data: folder.path });
    const response = await receiver.fetch(delivery(body));

    expect(response.status).toBe(200);
    await receiver.close();
  });

  test("that is missing is told, as when an environment variable is", async () => {
    await using folder = await tempFolder();

    const error = await errorOf(createReceiver({ data: folder.path, secret: undefined }));

    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    expect(String(error)).toContain("secret is missing: give createReceiver the secret");
  });
});

describe("a mistake in the options", () => {
  test.each([[null], ["a secret"], [[]], [new Map([["secret", "s"]])], [Promise.resolve({})]])(
    "is that they are none: %j",
    async (options) => {
      const error = await errorOf(createReceiver(options as never));

      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).problems).toEqual([
        "What createReceiver is given is not a plain object: write { secret: … }.",
      ]);
    },
  );

  test("is told by its name, all of them at once, and nothing is made", async () => {
    await using folder = await tempFolder();
    const data = join(folder.path, "data");
    const options = {
      data,
      secret,
      concurrency: 0,
      handlerTimeout: "soon",
      maxAtempts: 3,
      handlers: { "*": 7 },
    };

    const error = await errorOf(createReceiver(options as unknown as ReceiverOptions));

    expect(error).toBeInstanceOf(ConfigError);
    const { problems } = error as ConfigError;
    expect(problems).toHaveLength(4);
    for (const name of ["concurrency", "handlerTimeout", "maxAtempts", "handlers"]) {
      expect(problems.filter((problem) => problem.includes(name))).toHaveLength(1);
    }
    expect(problems.join("\n")).not.toContain(secret);
    await expect(openQueue("sqlite:", data, { leaseMs: 1, highWater: 1 })).resolves.toBeDefined();
  });

  test("a setting of the server is to be removed, and not to be completed", async () => {
    const options = { secret, tlsCert: "cert.pem" };

    const error = await errorOf(createReceiver(options));

    expect((error as ConfigError).problems).toEqual([
      "tlsCert in the options is for Hookwell's own server, which createReceiver does not start. Remove it.",
    ]);
  });

  test.each<[string, ReceiverOptions]>([
    ["data in the options is /dev/null/a, which is", { data: "/dev/null/a" }],
    [
      "backoffMin in the options is 20 ms, above backoffMax in the options with 10 ms",
      { backoffMin: 20, backoffMax: 10 },
    ],
    [
      "queue in the options and ledger in the options are both /nowhere/one.db: name",
      { queue: "sqlite:/nowhere/one.db", ledger: "sqlite:/nowhere/one.db" },
    ],
    [
      "queue in the options has ?cacertfile=, a file that cannot be read",
      { queue: "amqps://127.0.0.1/?cacertfile=/nowhere.pem" },
    ],
  ])("is told by its name also where only the parts themselves see it: %s", async (problem, options) => {
    await using folder = await tempFolder();

    const error = await errorOf(createReceiver({ secret, data: folder.path, ...options }));

    expect(error).toBeInstanceOf(ConfigError);
    const { message, problems } = error as ConfigError;
    expect(message).toContain(problem);
    expect(problems.join("\n")).toBe(message);
    expect(message).not.toMatch(/HOOKWELL_|--/);
  });

  test("is also what only Hookwell's own server would read, and no slip is taken for that", async () => {
    await using folder = await tempFolder();
    const options = { data: folder.path, secret, port: 1, prot: 1 };

    const error = await errorOf(createReceiver(options));

    expect((error as ConfigError).problems).toEqual([
      "port in the options is for Hookwell's own server, which createReceiver does not start. Remove it.",
      "prot in the options is not a setting. Remove it.",
    ]);
  });

  test("does not come from the environment, which is not read", async () => {
    vi.stubEnv("HOOKWELL_SECRET", "one of the environment, which is long enough");
    await using folder = await tempFolder();
    vi.spyOn(process, "cwd").mockReturnValue(folder.path);

    const errors = [await errorOf(createReceiver({ data: folder.path })), await errorOf(createReceiver())];

    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    for (const error of errors) expect(String(error)).toContain("secret is missing");
  });
});

test("files of a newer version are not touched", async () => {
  await using started = await startReceiver();
  await started.receiver.close();
  const db = new DatabaseSync(join(started.data, "queue.db"));
  db.exec("pragma user_version = 99");
  db.close();

  const error = await errorOf(started.again());

  expect(error).toBeInstanceOf(DataVersionError);
  expect(error).toMatchObject({ code: "DATA_VERSION" });
});

test("a data folder that is a file is a mistake in the setting", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "file");
  await writeFile(data, "");

  const error = await errorOf(createReceiver({ secret, data }));

  expect(error).toMatchObject({ code: "CONFIG_INVALID" });
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
