import { describe, expectTypeOf, test } from "vitest";
import type { PayloadMap } from "../src/event/payloads.ts";
import { aMessage } from "../src/kit/a-message.ts";
import { anEvent, type SentEvent } from "../src/kit/an-event.ts";
import { createTestKit } from "../src/kit/create-test-kit.ts";
import type { SeenEvent } from "../src/kit/seen-event.ts";
import { signed } from "../src/kit/signed.ts";

describe("an event that is built", () => {
  test("has the payload of its name", () => {
    expectTypeOf(anEvent("message.failed").payload).toEqualTypeOf<PayloadMap["message.failed"]>();
    expectTypeOf(anEvent("message.failed").payload.details.failureReason).toEqualTypeOf<string | undefined>();
    expectTypeOf(anEvent("chat.closed").name).toEqualTypeOf<"chat.closed">();
    expectTypeOf(anEvent("presence.away").payload).toEqualTypeOf<undefined>();
    expectTypeOf(anEvent("session.started").payload).toEqualTypeOf<SentEvent["payload"]>();
  });

  test("takes any part of its payload, and nothing else", () => {
    const build = (): void => {
      anEvent("message.failed", { payload: { details: { channel: "sms" } } });
      anEvent("message.failed", { payload: { details: { channel: "pigeon", brandNew: 1 } } });
      anEvent("chat.create", { payload: { participants: [{ profileId: "p1" }] }, revision: undefined });
      // @ts-expect-error a channel is text
      anEvent("message.failed", { payload: { details: { channel: 3 } } });
      // @ts-expect-error lists are whole: a participant has a profile
      anEvent("chat.create", { payload: { participants: [{ role: "owner" }] } });
      // @ts-expect-error no event has this field
      anEvent("message.failed", { payloda: {} });
      // @ts-expect-error presence has no payload
      anEvent("presence.away", { payload: { id: "p1" } });
    };

    expectTypeOf(build).returns.toBeVoid();
  });

  test("can be signed, alone and in a life", () => {
    expectTypeOf(anEvent("presence.away")).toExtend<Parameters<typeof signed>[0]>();
    expectTypeOf(anEvent("message.sent")).toExtend<Parameters<typeof signed>[0]>();
    expectTypeOf(aMessage().sent().events).toExtend<Parameters<typeof signed>[0]>();
    expectTypeOf(aMessage().sent()).toExtend<Parameters<typeof signed>[0]>();
    expectTypeOf(signed("", "").request()).toEqualTypeOf<Request>();
  });

  test("in a life takes parts of its own payload", () => {
    const build = (): void => {
      // @ts-expect-error a reason is text
      aMessage().failed({ payload: { details: { failureReason: 3 } } });
    };

    expectTypeOf(build).returns.toBeVoid();
  });
});

describe("a test kit", () => {
  test("gives each handler the payload of its name, as a receiver does", () => {
    const open = async (): Promise<void> => {
      await createTestKit({
        handlers: {
          "message.failed": (event) =>
            expectTypeOf(event.payload).toEqualTypeOf<PayloadMap["message.failed"]>(),
          // @ts-expect-error its payload has no such type
          "message.sent": (event: { readonly payload: number }) => event,
        },
      });
      // @ts-expect-error a kit has no file
      await createTestKit({ data: "folder" });
    };

    expectTypeOf(open).returns.resolves.toBeVoid();
  });

  test("takes what can be signed, and tells what became of it", () => {
    type Kit = Awaited<ReturnType<typeof createTestKit>>;

    expectTypeOf<Parameters<Kit["deliver"]>[0]>().toEqualTypeOf<Parameters<typeof signed>[0]>();
    expectTypeOf<ReturnType<Kit["handled"]>>().toEqualTypeOf<readonly SeenEvent[]>();
    expectTypeOf<SeenEvent["status"]>().toEqualTypeOf<
      "pending" | "retrying" | "handled" | "obsolete" | "dead"
    >();
  });
});
