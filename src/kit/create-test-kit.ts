import { loadConfig } from "../config/load-config.ts";
import { duration } from "../config/parsers.ts";
import { inWordsOfOptions } from "../config/file/words-of-options.ts";
import { ConfigError } from "../errors.ts";
import { type EventPattern, knownEventNames } from "../event/names.ts";
import { silentLog } from "../log.ts";
import { type VirtualClock, virtualClock } from "../sandbox/clock.ts";
import { createSandbox } from "../sandbox/create-sandbox.ts";
import { usualScript } from "../sandbox/lives/message-script.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { MemoryReceiver } from "./memory-receiver.ts";
import { signed } from "./signed.ts";
import type { TestKit, TestKitOptions } from "./test-kit.ts";

/**
 * Opens a receiver in memory with your handlers, and with a clock that only `advance` moves. It is the real one, over a
 * queue and a ledger in memory: it verifies signatures, drops repeats and obsolete events, retries, and gives up. No
 * port, no file and no global is touched. After a failure an event waits for `backoffMin`, and twice as long each
 * further time, up to `backoffMax`, without the random part that spreads retries elsewhere. The time that a handler may
 * take (`handlerTimeout`) is real time.
 *
 * @throws {ConfigError} `CONFIG_INVALID` if options are wrong (it lists them all)
 * @example
 * ```ts
 * import { expect, test } from "vitest";
 * import { anEvent, createTestKit } from "hookwell/testing";
 * import { handlers } from "./handlers.ts";
 *
 * test("a message that failed is tried again after a second", async () => {
 *   await using kit = await createTestKit({ handlers });
 *
 *   await kit.deliver(anEvent("message.failed"));
 *   await kit.advance("1s");
 *
 *   expect(kit.handled()).toMatchObject([{ name: "message.failed", attempts: 2 }]);
 * });
 * ```
 */
export async function createTestKit<Patterns extends EventPattern>(
  options: TestKitOptions<Patterns> = {},
): Promise<TestKit> {
  const { startAt, sandbox, secret = "secret-of-the-test-kit", ...settings } = options;
  const clock = clockAt(startAt);
  const config = await configOf({ ...settings, secret });
  const receiver = new MemoryReceiver(config, secret, clock, options.log ?? silentLog);
  return kitOf({ receiver, clock, secret, sandbox });
}

function clockAt(startAt: TestKitOptions["startAt"]): VirtualClock {
  if (startAt === undefined) return virtualClock();
  const ms = new Date(startAt).getTime();
  if (!Number.isNaN(ms)) return virtualClock(ms);
  throw new ConfigError(["startAt is no moment: write a Date, or a text such as 2026-01-31T12:00Z."]);
}

async function configOf(options: Readonly<Record<string, unknown>>): ReturnType<typeof loadConfig> {
  try {
    return await loadConfig({ env: {}, flags: {}, cwd: process.cwd(), options });
  } catch (error) {
    throw inWordsOfOptions(error);
  }
}

interface KitParts {
  readonly receiver: MemoryReceiver;
  readonly clock: VirtualClock;
  readonly secret: string;
  readonly sandbox: TestKitOptions["sandbox"];
}

function kitOf(parts: KitParts): TestKit {
  const { receiver, clock, secret } = parts;
  let sandbox: Sandbox | undefined;
  const settled = async (): Promise<void> => {
    do {
      await receiver.idle();
      // Its deliveries may bring events, and handlers may have asked it for more.
      await sandbox?.advance(0);
    } while (!receiver.isIdle);
  };
  const close = async (): Promise<void> => {
    await sandbox?.close();
    await receiver.close();
  };
  return {
    secret,
    get sandbox() {
      return (sandbox ??= sandboxBeside(parts));
    },
    deliver: async (what) => {
      const response = await receiver.fetch(signed(what, secret).request(inMemory));
      if (response.ok) return response;
      throw new Error(`The receiver answered ${response.status}: ${await response.text()}`);
    },
    fetch: (request) => receiver.fetch(request),
    settled,
    advance: async (time) => {
      const end = clock.now() + msOf(time);
      await settled();
      while ((clock.nextAt() ?? Infinity) <= end) {
        clock.runNext();
        await settled();
      }
      clock.moveTo(end);
    },
    now: () => clock.now(),
    events: () => receiver.events(),
    event: (eventId) => receiver.event(eventId),
    handled: () => receiver.handled(),
    deadLetters: () => receiver.events().filter(({ status }) => status === "dead"),
    replay: (eventId) => receiver.replay(eventId),
    listen: () => receiver.listen(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function sandboxBeside({ receiver, clock, secret, sandbox: options }: KitParts): Sandbox {
  const sandbox = createSandbox({ script: usualScript, ...options, clock, fetch: receiver.fetch });
  const subscriptions = knownEventNames.map((type) => ({ type }));
  sandbox.webhooks.create({ name: "test kit", url: inMemory, secret, subscriptions });
  return sandbox;
}

/** Nothing listens there: a request needs a URL. */
const inMemory = "http://hookwell.test/";

const centuryMs = 100 * 365 * 86_400_000;

function msOf(time: number | string): number {
  const parsed = duration(0, centuryMs)(time);
  if ("value" in parsed) return parsed.value;
  throw new ConfigError([`advance was given ${JSON.stringify(time)}: write ${parsed.expected}.`]);
}
