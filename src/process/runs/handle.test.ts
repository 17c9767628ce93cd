import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { noTransaction } from "../../ledger/embedded-ledger.ts";
import { silentLog } from "../../log.ts";
import { aMessage } from "../../testing/builders.ts";
import { HandlerCalls, type HandleOptions, type HandleResult } from "./handle.ts";
import type { Handler, HandlerContext } from "../handlers.ts";

const message = aMessage({ name: "message.failed", revision: 3 });

const first = { attempt: 1, tx: noTransaction };

/** Calls a handler once; what it gives at once, or the promise of it. */
function call(
  handler: Handler,
  options: Partial<HandleOptions> = {},
  attempt = 1,
): HandleResult | Promise<HandleResult> {
  const { signal } = new AbortController();
  const calls = new HandlerCalls({ timeoutMs: 5_000, givingUp: signal, log: silentLog, ...options });
  return calls.call(handler, message, { attempt, tx: noTransaction });
}

const run = async (...args: Parameters<typeof call>): Promise<HandleResult> => call(...args);

describe("a handler has done its work", () => {
  test.each<[string, Handler]>([
    ["when it returns", () => undefined],
    ["when it returns something", () => "whatever"],
    ["when the promise resolves that it returns", async () => sleep(1)],
    // oxlint-disable-next-line unicorn/no-thenable -- the very thing that this is about
    ["when a promise of another library resolves", () => ({ then: (resolve: () => void) => resolve() })],
  ])("%s", async (_, handler) => {
    await expect(run(handler)).resolves.toBeUndefined();
  });

  test("with the event and what it needs to know of the attempt", async () => {
    const seen: unknown[] = [];
    let context: HandlerContext | undefined;

    await run(
      (event, given) => {
        seen.push(event.eventId, event.name, event.revision);
        context = given;
      },
      {},
      7,
    );

    expect(seen).toEqual([message.eventId, "message.failed", 3]);
    expect(context).toMatchObject({ attempt: 7, log: silentLog });
    expect(context?.signal.aborted).toBe(false);
  });
});

describe("an attempt has failed", () => {
  test.each<[string, Handler, string]>([
    [
      "when the handler throws",
      () => {
        throw new TypeError("at once");
      },
      "TypeError: at once",
    ],
    ["when it rejects", () => Promise.reject(new RangeError("later")), "RangeError: later"],
    [
      "when a promise rejects that can be called as well, as that of a remote call",
      () =>
        Object.assign(() => undefined, {
          // oxlint-disable-next-line unicorn/no-thenable -- the very thing that this is about
          then: (_: unknown, no: (why: Error) => void) => no(new Error("far")),
        }),
      "Error: far",
    ],
    ["when it rejects with a text", () => Promise.reject("no database"), "Error: no database"],
    ["when it rejects with nothing", () => Promise.reject(undefined), "Error: The handler threw undefined."],
    ["when it rejects with null", () => Promise.reject(null), "Error: The handler threw null."],
    ["when it rejects with a number", () => Promise.reject(42), "Error: The handler threw 42."],
    [
      "when it rejects with a symbol",
      () => Promise.reject(Symbol("gone")),
      "Error: The handler threw Symbol(gone).",
    ],
    [
      "when it rejects with a function",
      () => Promise.reject(() => "secret"),
      "Error: The handler threw a function.",
    ],
    [
      "when it rejects with an object that has a message, as clients of some services do",
      () => Promise.reject({ message: "duplicate key", code: "23505" }),
      "Error: duplicate key",
    ],
    [
      "when it rejects with an object, whose content may be private",
      () => Promise.reject({ token: "x" }),
      "Error: The handler threw an object without a message.",
    ],
    [
      "when it rejects with an object whose message says nothing",
      () => Promise.reject({ message: "" }),
      "Error: The handler threw an object without a message.",
    ],
    [
      "when it rejects with what cannot even be looked at",
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return Promise.reject(proxy);
      },
      "Error: The handler threw an object without a message.",
    ],
  ])("%s", async (_, handler, expected) => {
    const result = await run(handler);

    expect(String(result?.error)).toBe(expected);
  });

  test("when the handler is not done at the deadline, and its signal aborts then", async () => {
    let signal: AbortSignal | undefined;

    const result = await run(
      (_event, context) => {
        signal = context.signal;
        return new Promise(() => undefined);
      },
      { timeoutMs: 20 },
    );

    expect(result?.error.message).toBe("The handler was not done after 20 ms.");
    expect(signal?.aborted).toBe(true);
  });

  test("at the deadline even if the handler ends well because of it", async () => {
    const obedient: Handler = async (_event, { signal }) => {
      await sleep(5_000, undefined, { signal }).catch(() => undefined);
    };

    const result = await run(obedient, { timeoutMs: 20 });

    expect(result?.error.message).toBe("The handler was not done after 20 ms.");
  });

  test("at the deadline even if the handler ends well in the moment in which it is told", async () => {
    const obedient: Handler = (_event, { signal }) =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

    const result = await run(obedient, { timeoutMs: 20 });

    expect(result?.error.message).toBe("The handler was not done after 20 ms.");
  });

  test("when Hookwell gives up, with what the signal was aborted for", async () => {
    const givingUp = new AbortController();

    const result = run(() => new Promise(() => undefined), { givingUp: givingUp.signal });
    givingUp.abort(new Error("Hookwell is stopping."));

    await expect(result).resolves.toEqual({ error: new Error("Hookwell is stopping.") });
  });

  test("and a handler that fails once more after its deadline harms nobody", async () => {
    const late: Handler = async () => {
      await sleep(30);
      throw new Error("after the deadline");
    };

    const result = await run(late, { timeoutMs: 5 });
    await sleep(40);

    expect(result?.error.message).toBe("The handler was not done after 5 ms.");
  });
});

describe("a handler that is done when it returns", () => {
  test.each<[string, Handler, string | undefined]>([
    ["well", () => undefined, undefined],
    [
      "badly",
      () => {
        throw new Error("at once");
      },
      "at once",
    ],
  ])("%s needs no promise", (_, handler, expected) => {
    const result = call(handler);

    expect(result).not.toBeInstanceOf(Promise);
    expect((result as HandleResult)?.error.message).toBe(expected);
  });

  test("needs no timer, even if it took longer than the deadline", () => {
    vi.useFakeTimers();

    const result = call(() => void vi.advanceTimersByTime(50), { timeoutMs: 20 });

    expect(result).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe("a signal that is asked for late", () => {
  test("has aborted already if the deadline has passed", async () => {
    let context: HandlerContext | undefined;
    const result = await run(
      (_event, given) => {
        context = given;
        return new Promise(() => undefined);
      },
      { timeoutMs: 5 },
    );

    expect(context?.signal.aborted).toBe(true);
    expect(context?.signal.reason).toBe(result?.error);
    expect(context?.signal).toBe(context?.signal);
  });

  test("is there in a copy of the context, too", async () => {
    let signal: AbortSignal | undefined;

    await run((_event, context) => void ({ signal } = { ...context }));

    expect(signal?.aborted).toBe(false);
  });
});

test("when Hookwell gives up, all handlers that run are told, and those that are called after that", async () => {
  const givingUp = new AbortController();
  const calls = new HandlerCalls({ timeoutMs: 5_000, givingUp: givingUp.signal, log: silentLog });
  const results = [1, 2].map(() => calls.call(() => new Promise(() => undefined), message, first));

  givingUp.abort(new Error("Hookwell is stopping."));
  results.push(calls.call(() => new Promise(() => undefined), message, first));

  for (const result of results) {
    expect((await result)?.error.message).toBe("Hookwell is stopping.");
  }
});

test.each<[string, Promise<void> | undefined]>([
  ["at once", undefined],
  ["later", Promise.resolve()],
])("a handler that was done %s is not told of a stop any more", async (_, end) => {
  const givingUp = new AbortController();
  let signal: AbortSignal | undefined;
  const handler: Handler = (_event, context) => {
    ({ signal } = context);
    return end;
  };
  await run(handler, { givingUp: givingUp.signal });

  givingUp.abort();

  expect(signal?.aborted).toBe(false);
});

test("after its end a handler leaves no timer behind", async () => {
  vi.useFakeTimers();

  await run(() => Promise.resolve());
  await run(() => Promise.reject(new Error("broken")));

  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
