import type { PoolClient } from "pg";
import { describe, expectTypeOf, test } from "vitest";
import { defineConfig } from "../src/config/define-config.ts";
import type { PayloadMap } from "../src/event/payloads.ts";
import type { HookwellEvent } from "../src/event/typed-event.ts";
import type { Log } from "../src/log.ts";
import type { Handler, Handlers } from "../src/process/handlers.ts";

describe("defineConfig", () => {
  test("gives each handler the payload of its own event", () => {
    defineConfig({
      handlers: {
        "message.failed": async (event, { signal, attempt, log }) => {
          expectTypeOf(event.name).toEqualTypeOf<"message.failed">();
          expectTypeOf(event.payload).toEqualTypeOf<PayloadMap["message.failed"]>();
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
          expectTypeOf(attempt).toEqualTypeOf<number>();
          expectTypeOf(log).toEqualTypeOf<Log>();
        },
        "message.*": (event) => {
          expectTypeOf(event.name).toEqualTypeOf<`message.${string}`>();
        },
        "order.placed": (event) => {
          expectTypeOf(event.payload?.["total"]).toEqualTypeOf<unknown>();
        },
      },
    });
  });

  test("takes a table that is written apart, in which each handler gets the payload of its own event", () => {
    const handlers: Handlers = {
      "message.failed": (event) => {
        expectTypeOf(event.payload).toEqualTypeOf<PayloadMap["message.failed"]>();
      },
      "message.*": (event) => {
        if (event.is("message.read")) expectTypeOf(event.payload).toEqualTypeOf<PayloadMap["message.read"]>();
      },
      "order.placed": (event) => {
        expectTypeOf(event.payload?.["total"]).toEqualTypeOf<unknown>();
      },
    };

    defineConfig({ handlers });
    const wrong = { "chat.closed": (event: HookwellEvent<"message.failed">) => event.name };
    // @ts-expect-error a handler of another event does not fit
    defineConfig({ handlers: wrong });
  });

  test("takes a handler that is there only sometimes", () => {
    const isShop = Math.random() > 0.5;
    const closed: Handler<"chat.closed"> = (event) => event.payload.id;

    defineConfig({
      handlers: {
        ...(isShop ? { "chat.closed": closed } : {}),
        "message.failed": (event) => {
          expectTypeOf(event.payload).toEqualTypeOf<PayloadMap["message.failed"]>();
        },
      },
    });
    // @ts-expect-error one that is named is a function
    defineConfig({ handlers: { "chat.closed": isShop ? closed : undefined } });
  });

  test("its transaction is a client of pg for who says so, as the page of handlers does", () => {
    defineConfig({
      handlers: {
        "*": async (_, ctx) => {
          expectTypeOf((await ctx.tx()) as PoolClient).toEqualTypeOf<PoolClient>();
        },
      },
    });
  });

  test("takes sizes and times with a unit, and nothing else that is no setting", () => {
    const config = defineConfig({ bodyLimit: "16mb", handlerTimeout: 30_000, eventLog: "off" });
    expectTypeOf(config.bodyLimit).toEqualTypeOf<number | string | undefined>();
    // @ts-expect-error a port is a number
    defineConfig({ port: "3000" });
    // @ts-expect-error there is no such setting
    defineConfig({ prot: 3_000 });
    // @ts-expect-error a handler is a function
    defineConfig({ handlers: { "message.failed": 3 } });
    // @ts-expect-error a payload is looked at before it is used
    defineConfig({ handlers: { "message.*": (event) => event.payload.id.length } });
  });
});
