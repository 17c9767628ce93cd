import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { bytesOf } from "../../testing/bytes.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { pack } from "./spans.ts";
import { ThreadClient, threadUrl } from "./thread-client.ts";

const url = threadUrl(new URL("../../../test/support/drivers/echo-thread.js", import.meta.url));
const open: ThreadClient[] = [];
afterEach(async () => {
  for (const client of open.splice(0)) await client.terminate();
});

function startClient(data?: unknown): ThreadClient {
  const client = new ThreadClient(url, data);
  open.push(client);
  return client;
}

/** Holds up the event loop. */
const pause = (ms: number): string => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const valueOf = async (client: ThreadClient, method: string, arg?: unknown): Promise<unknown> =>
  (await client.call(method, arg)).value;

describe("a call", () => {
  test("brings its argument to the thread and an answer back", async () => {
    const client = startClient({ path: "/data" });

    const answers = [await valueOf(client, "data"), await valueOf(client, "echo", { a: [1, null, "é"] })];

    expect(answers).toEqual([{ path: "/data" }, { a: [1, null, "é"] }]);
  });

  test("carries byte strings both ways, each call its own", async () => {
    const client = startClient();
    const lists = [["a", "bc"], [], [""], ["def"]];

    const answers = await Promise.all(
      lists.map((texts) => client.call("echo", texts, pack(texts.map(bytesOf)))),
    );

    for (const [index, { value, parts }] of answers.entries()) {
      expect(value).toEqual(lists[index]);
      expect(parts.map((part) => Buffer.from(part).toString())).toEqual(lists[index]);
    }
  });

  test("with many bytes hands them over without a copy", async () => {
    const client = startClient();
    const packed = pack([new Uint8Array(100_000).fill(7)]);

    const { parts } = await client.call("echo", undefined, packed);

    expect(parts).toEqual([new Uint8Array(100_000).fill(7)]);
    expect(packed.bytes.buffer.detached).toBe(true);
  });

  test("with many bytes does not wait for the end of the turn", async () => {
    const client = startClient();

    const signs = new Int32Array(new SharedArrayBuffer(8));

    const held = client.call("hold", signs.buffer, pack([new Uint8Array(100_000)]));
    const begun = Atomics.wait(signs, 0, 0, 5_000); // Nothing else of this turn happens meanwhile.
    Atomics.store(signs, 1, 1);
    Atomics.notify(signs, 1);

    expect(begun).not.toBe("timed-out");
    await held;
  });

  test("is not answered by what Node itself says in a thread's name, as under `node --watch`", async () => {
    const client = startClient();

    const { value } = await client.call("notice", 1);

    expect(value).toBe(1);
  });

  test("that is refused fails alone", async () => {
    const client = startClient();

    const results = await Promise.allSettled([
      client.call("echo", 1, pack([bytesOf("one")])),
      client.call("refuse", "not today", pack([bytesOf("lost")])),
      client.call("echo", 2, pack([bytesOf("two")])),
    ]);

    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: new Error("not today") });
    expect(results[2]).toMatchObject({ value: { value: 2, parts: [bytesOf("two")] } });
  });
});

describe("calls of the same time", () => {
  test("travel together", async () => {
    const client = startClient();

    const batches = await Promise.all([1, 2, 3].map(() => valueOf(client, "batch")));

    expect(batches).toEqual([3, 3, 3]);
  });

  test("travel together also when those before were large", async () => {
    const client = startClient({ gather: false });
    await client.call("echo", undefined, pack([new Uint8Array(100_000)]));

    const batches = await Promise.all([1, 2, 3].map(() => valueOf(client, "batch")));

    expect(batches).toEqual([3, 3, 3]);
  });

  test("that come while the thread is at work go in its next batch, whichever turn they are of", async () => {
    const client = startClient();
    const signs = new Int32Array(new SharedArrayBuffer(8));
    const held = client.call("hold", signs.buffer);
    await Atomics.waitAsync(signs, 0, 0).value;

    const batches: Promise<unknown>[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      batches.push(valueOf(client, "batch"));
      await new Promise((resolve) => setImmediate(resolve));
    }
    Atomics.store(signs, 1, 1);
    Atomics.notify(signs, 1);

    await held;
    expect(await Promise.all(batches)).toEqual([5, 5, 5, 5, 5]);
  });

  test("stay batches of their own in a service that does not gather", async () => {
    const client = startClient({ gather: false });
    const signs = new Int32Array(new SharedArrayBuffer(8));
    const held = client.call("hold", signs.buffer);
    await Atomics.waitAsync(signs, 0, 0).value;

    const first = [valueOf(client, "batch"), valueOf(client, "batch")];
    await new Promise((resolve) => setImmediate(resolve));
    const second = valueOf(client, "batch");
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(signs, 1, 1);
    Atomics.notify(signs, 1);

    await held;
    expect(await Promise.all([...first, second])).toEqual([2, 2, 1]);
  });

  test("are answered in the order in which they were made", async () => {
    const client = startClient();
    const order: number[] = [];
    const calls = Array.from({ length: 50 }, async (_, index) => {
      await client.call("echo", index);
      order.push(index);
    });

    await Promise.all(calls);

    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });
});

describe("a thread that dies", () => {
  test.each([
    ["throw", "broken", "broken"],
    ["exit", undefined, "The thread ended."],
  ])(
    "because it meets %s fails its calls, and the next call starts a new one",
    async (method, arg, message) => {
      const client = startClient();
      const before = await valueOf(client, "life");

      const dying = [client.call(method, arg), client.call("echo", 1)];

      for (const call of dying) await expect(call).rejects.toThrow(message);
      const after = await valueOf(client, "life");
      expect(after).not.toBe(before);
    },
  );

  test("fails also what it had not begun, and nothing that comes later", async () => {
    const client = startClient({ gather: false });
    const before = await valueOf(client, "life");
    const signs = new Int32Array(new SharedArrayBuffer(8));
    const held = client.call("hold", signs.buffer);
    await Atomics.waitAsync(signs, 0, 0).value;

    // Both have left for the thread before it can die of the first.
    const dying = client.call("exit", undefined);
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = client.call("echo", "too late");
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(signs, 1, 1);
    Atomics.notify(signs, 1);

    const results = await Promise.allSettled([held, dying, waiting]);
    expect(results.slice(1)).toMatchObject([
      { reason: new Error("The thread ended.") },
      { reason: new Error("The thread ended.") },
    ]);
    expect(await valueOf(client, "life")).not.toBe(before);
  });

  test("is not heard any more, so that no call to the next one gets its answer", async () => {
    const client = startClient({ gather: false });
    // So large that each leaves at once.
    const call = (method: string, arg: string) => client.call(method, arg, pack([new Uint8Array(100_000)]));
    // While we are busy with its first sign of life it answers and dies; then we hear first that it died.
    process.once("worker", (worker) => worker.once("online", () => void pause(1_000)));

    const before = Promise.allSettled([call("echo", "of the dead")]);
    const next = call("throw", "broken").catch(() => call("echo", "of the next"));

    await expect(next).resolves.toMatchObject({ value: "of the next" });
    await before;
  });

  test("at its start fails every call, but only those", async () => {
    const client = new ThreadClient(new URL("file:///no/such/thread.ts"), undefined);
    open.push(client);

    await expect(client.call("echo", 1)).rejects.toThrow(
      /Cannot find module.*thread\.ts.*bundler.*docs\/embed\.md/s,
    );
    await expect(client.call("echo", 2)).rejects.toThrow(/Cannot find module/);
  });

  test("since a bundler has copied it without its imports says what to tell the bundler", async () => {
    await using folder = await tempFolder();
    const alone = join(folder.path, "alone.mjs");
    await writeFile(alone, 'import "./beside.js";');
    const client = new ThreadClient(pathToFileURL(alone), undefined);
    open.push(client);

    await expect(client.call("echo", 1)).rejects.toThrow(/Cannot find module.*beside\.js.*bundler/s);
  });
});

test("a thread that is terminated fails what is under way", async () => {
  const client = startClient();
  const call = client.call("echo", 1);
  await new Promise((resolve) => setImmediate(resolve));

  await client.terminate();

  await expect(call).rejects.toThrow("The thread ended.");
});

test("a client that never called has nothing to terminate", async () => {
  await expect(startClient().terminate()).resolves.toBeUndefined();
});

test("a service that stops has let go of all that is open when it answers", async () => {
  const closed = new SharedArrayBuffer(4);
  const client = startClient({ closed });

  await client.call("close", undefined);

  expect([...new Int32Array(closed)]).toEqual([1]);
});

test("a service that stops answers the batch at hand, and its thread ends by itself", async () => {
  const client = startClient();
  const life = await valueOf(client, "life");

  const answers = await Promise.all([client.call("close", undefined), client.call("echo", "with it")]);

  expect(answers[1]?.value).toBe("with it");
  // The next call finds it gone, or is the first of a new life.
  const next = await valueOf(client, "life").catch(() => "gone");
  expect(next).not.toBe(life);
});

test.each([
  ["file:///a/b/caller.ts", "file:///a/b/x-thread.ts"],
  ["file:///a/b/caller.js", "file:///a/b/x-thread.js"],
])("the thread of %s is %s", (caller, thread) => {
  expect(threadUrl(new URL("./x-thread.js", caller), caller).href).toBe(thread);
});

describe("what cannot be given to a thread", () => {
  const uncloneable = (): void => undefined;

  test("fails the calls of its turn, and nothing that comes later", async () => {
    const client = startClient();

    const results = await Promise.allSettled([
      client.call("echo", uncloneable),
      client.call("echo", 1, pack([new Uint8Array(100_000)])),
      client.call("echo", 2),
    ]);

    expect(results).toMatchObject([
      { reason: { name: "DataCloneError" } },
      { reason: { name: "DataCloneError" } },
      { value: { value: 2 } },
    ]);
  });

  test("fails them too when there is no thread yet, and none can be had", async () => {
    const client = startClient(uncloneable);

    const results = await Promise.allSettled([
      client.call("echo", 1),
      client.call("echo", 2, pack([new Uint8Array(100_000)])),
    ]);

    expect(results).toMatchObject([
      { reason: { name: "DataCloneError" } },
      { reason: { name: "DataCloneError" } },
    ]);
  });
});
