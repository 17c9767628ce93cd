import { headers, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { sleep } from "../../../../lib/async/sleep.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { never } from "../../../../testing/queue-driver/harness.ts";
import { readMessage } from "../message.ts";
import { NatsSender } from "./sender.ts";

const stored = { json: () => ({ stream: "hookwell" }) } as Msg;
const sender = new NatsSender({ headers }, "hookwell");

test("a server that is slow to store, but answers that it is there, has its time", async () => {
  const request = (): Promise<Msg> => sleep(2_500, never).then(() => stored);

  const storing = sender.store({ request, flush: async () => undefined }, [aMessage()]);

  await expect(storing).resolves.toBeUndefined();
});

test("one that does not answer at all is not waited for any longer", async () => {
  const silent = (): Promise<never> => new Promise(() => undefined);

  const storing = sender.store({ request: silent, flush: silent }, [aMessage()]);

  await expect(storing).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
});

test("it has more time to answer behind what is large", async () => {
  const request = (): Promise<Msg> => sleep(3_000, never).then(() => stored);
  const flush = (): Promise<void> => sleep(1_900, never).then(() => undefined);

  const storing = sender.store({ request, flush }, [aMessage({ body: new Uint8Array(8_000_000) })]);

  await expect(storing).resolves.toBeUndefined();
});

test("what comes in one turn of the event loop is written to the server at once", async () => {
  const writes: number[] = [];
  let unwritten = 0;
  // As the client does it: what is published until the end of a microtask goes into one call of the system.
  const request = async (): Promise<Msg> => {
    unwritten += 1;
    if (unwritten === 1) queueMicrotask(() => writes.push(unwritten) && (unwritten = 0));
    return stored;
  };
  const receiveRequest = (): Promise<void> =>
    sender.store({ request, flush: async () => undefined }, [aMessage(), aMessage()]);

  const first = receiveRequest();
  await Promise.resolve().then(() => undefined);
  await Promise.all([first, receiveRequest()]);

  expect(writes).toEqual([4]);
});

test.each([
  ["has no place yet", { stream: "hookwell", seq: 0, duplicate: true }],
  ["is on its way", { error: { err_code: 10_158, description: "duplicate message id is in process" } }],
])(
  "a message is not taken for stored while its first copy %s, since it may still be lost",
  async (_, answer) => {
    const request = async (): Promise<Msg> => ({ json: () => answer }) as Msg;

    const storing = sender.store({ request, flush: async () => undefined }, [aMessage()]);

    await expect(storing).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE", takesNothing: false });
  },
);

test.each([{ stream: "others", seq: 1 }, { seq: 1 }])(
  "what anything but its own stream has taken is not stored: %o",
  async (answer) => {
    const request = async (): Promise<Msg> => ({ json: () => answer }) as Msg;

    const storing = sender.store({ request, flush: async () => undefined }, [aMessage()]);

    await expect(storing).rejects.toMatchObject({ takesNothing: true });
  },
);

test("the server knows a copy of a message again", async () => {
  const asked: (MsgHdrs | undefined)[] = [];
  const request = async (...[, , options]: Parameters<NatsConnection["request"]>): Promise<Msg> => {
    asked.push(options?.headers);
    return stored;
  };
  const message = aMessage();

  await sender.store({ request, flush: async () => undefined }, [message]);

  expect(asked.map((each) => each?.get("Nats-Msg-Id"))).toEqual([message.copy]);
});

test("what is sent again is not refused for what became of it before, and is the same copy", async () => {
  const sent: Msg[] = [];
  const ids = (): readonly (string | undefined)[] => sent.map((each) => each.headers?.get("Nats-Msg-Id"));
  // As a cluster whose leader hung: it knows the id of what it has lost.
  const request = async (...[, data, options]: Parameters<NatsConnection["request"]>): Promise<Msg> => {
    const isKnown = ids().includes(options?.headers?.get("Nats-Msg-Id"));
    sent.push({ headers: options?.headers, data } as Msg);
    return {
      json: () =>
        isKnown ? { stream: "hookwell", seq: 0, duplicate: true } : { stream: "hookwell", seq: 1 },
    } as Msg;
  };
  const [connection, message] = [{ request, flush: async () => undefined }, aMessage()];
  await sender.store(connection, [message]);
  await expect(sender.store(connection, [message])).rejects.toThrow("has not stored a copy");

  await sender.store(connection, [message], { isAgain: true });
  await sender.store(connection, [message], { isAgain: true });

  expect(sent.map((each) => readMessage(each))).toEqual([message, message, message, message]);
});

test("a message whose first copy has its place is stored", async () => {
  const request = async (): Promise<Msg> =>
    ({ json: () => ({ stream: "hookwell", seq: 7, duplicate: true }) }) as Msg;

  await expect(
    sender.store({ request, flush: async () => undefined }, [aMessage()]),
  ).resolves.toBeUndefined();
});
