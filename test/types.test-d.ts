import { describe, expectTypeOf, test } from "vitest";
import type { EventPattern, KnownEventName } from "../src/event/names.ts";
import type { OpenRecord, PayloadMap } from "../src/event/payloads.ts";
import type { HookwellEvent, NameOf, PayloadOf } from "../src/event/typed-event.ts";

describe("payloads", () => {
  test("there is one for each known name, and for no other", () => {
    expectTypeOf<keyof PayloadMap>().toEqualTypeOf<KnownEventName>();
  });

  test("the payload of a known name is its own", () => {
    expectTypeOf<PayloadOf<"message.failed">>().toEqualTypeOf<PayloadMap["message.failed"]>();
    expectTypeOf<PayloadOf<"message.failed">["details"]["failureReason"]>().toEqualTypeOf<
      string | undefined
    >();
    expectTypeOf<PayloadOf<"message.sent">["id"]>().toEqualTypeOf<string>();
    expectTypeOf<PayloadOf<"chat.closed">["closeTimeSecs"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<PayloadOf<"presence.away">>().toEqualTypeOf<undefined>();
  });

  test("of two names it is either", () => {
    type Payload = PayloadOf<"message.sent" | "chat.closed">;

    expectTypeOf<Payload>().toEqualTypeOf<PayloadMap["message.sent"] | PayloadMap["chat.closed"]>();
  });

  test("of a pattern it is that of the known names it means, or open", () => {
    type Chat = "chat.create" | "chat.channelUpdated" | "chat.closed" | "chat.delete";
    type Participant = Extract<KnownEventName, `conversation.participant${string}`>;

    expectTypeOf<PayloadOf<"chat.*">>().toEqualTypeOf<PayloadMap[Chat] | OpenRecord | undefined>();
    expectTypeOf<PayloadOf<"conversation.participant*">>().toEqualTypeOf<
      PayloadMap[Participant] | OpenRecord | undefined
    >();
    expectTypeOf<PayloadMap["chat.closed"]>().toExtend<PayloadOf<"chat.*">>();
  });

  test("of a pattern has unknown fields, until somebody says which name it is", () => {
    expectTypeOf<NonNullable<PayloadOf<"message.*">>["id"]>().toEqualTypeOf<unknown>();
    const failed = (payload: PayloadOf<"message.*">): string => (payload as PayloadOf<"message.failed">).id;
    expectTypeOf(failed).returns.toEqualTypeOf<string>();
  });

  test("of the star, of an unknown name and of any name it is open", () => {
    expectTypeOf<PayloadOf<"*">>().toEqualTypeOf<OpenRecord | undefined>();
    expectTypeOf<PayloadOf<"session.started">>().toEqualTypeOf<OpenRecord | undefined>();
    expectTypeOf<PayloadOf<"session.*">>().toEqualTypeOf<OpenRecord | undefined>();
    expectTypeOf<PayloadOf<string>>().toEqualTypeOf<OpenRecord | undefined>();
  });

  test("has unknown fields, which must be looked at before use", () => {
    expectTypeOf<PayloadOf<"message.sent">["brandNew"]>().toEqualTypeOf<unknown>();
    expectTypeOf<PayloadOf<"profile.update">["shoeSize"]>().toEqualTypeOf<unknown>();
  });
});

describe("an event", () => {
  test("has the name and the payload that its pattern promises", () => {
    expectTypeOf<HookwellEvent<"message.failed">["name"]>().toEqualTypeOf<"message.failed">();
    expectTypeOf<HookwellEvent<"message.failed">["payload"]>().toEqualTypeOf<PayloadMap["message.failed"]>();
    expectTypeOf<NameOf<"message.*">>().toEqualTypeOf<`message.${string}`>();
    expectTypeOf<NameOf<"*">>().toEqualTypeOf<string>();
    expectTypeOf<HookwellEvent["name"]>().toEqualTypeOf<string>();
  });

  test("of a known name may be taken where any event is", () => {
    expectTypeOf<HookwellEvent<"message.failed">>().toExtend<HookwellEvent>();
    expectTypeOf<HookwellEvent<"presence.away">>().toExtend<HookwellEvent<"*">>();
    expectTypeOf<HookwellEvent<"message.failed">>().toExtend<HookwellEvent<"message.*">>();
  });

  test("of any name has the payload of the one that it is asked for", () => {
    const look = (event: HookwellEvent<"*">): void => {
      if (event.is("message.failed")) {
        expectTypeOf(event).toEqualTypeOf<HookwellEvent<"message.failed">>();
        expectTypeOf(event.payload.details.failureReason).toEqualTypeOf<string | undefined>();
        return;
      }
      expectTypeOf(event).toEqualTypeOf<HookwellEvent<"*">>();
      if (event.is("chat.*")) expectTypeOf(event.payload).toEqualTypeOf<PayloadOf<"chat.*">>();
      if (event.is("session.started")) expectTypeOf(event.name).toEqualTypeOf<"session.started">();
    };

    expectTypeOf(look).returns.toBeVoid();
  });

  test("of a pattern has the payload of the one that it is asked for, whichever way round", () => {
    const look = (event: HookwellEvent<"message.*">): void => {
      if (event.is("message.sent")) expectTypeOf(event.payload.id).toEqualTypeOf<string>();
    };
    const choose = (event: HookwellEvent<"message.sent" | "chat.closed">): void => {
      if (event.is("chat.closed")) expectTypeOf(event.payload.teamId).toEqualTypeOf<string | undefined>();
    };
    const keep = (event: HookwellEvent<"message.sent">): void => {
      if (event.is("message.*")) expectTypeOf(event.payload.id).toEqualTypeOf<string>();
    };

    expectTypeOf<[typeof look, typeof choose, typeof keep]>().not.toBeAny();
  });

  test("is still one where it is not of a pattern that nobody knows beforehand", () => {
    const look = (
      event: HookwellEvent<"*">,
      sent: HookwellEvent<"message.sent">,
      either: HookwellEvent<"message.sent" | "chat.closed">,
    ): void => {
      const patterns: readonly string[] = ["message.*"];
      const wanted: EventPattern = patterns[0] ?? "*";
      const open = `message.${patterns[0] ?? ""}` as const;
      const one: "message.sent" | "chat.closed" = patterns.length > 0 ? "message.sent" : "chat.closed";
      for (const pattern of patterns)
        if (!event.is(pattern)) expectTypeOf(event.name).toEqualTypeOf<string>();
      if (!event.is(wanted)) expectTypeOf(event).toEqualTypeOf<HookwellEvent<"*">>();
      if (!event.is(open)) expectTypeOf(event).toEqualTypeOf<HookwellEvent<"*">>();
      if (!sent.is(wanted)) expectTypeOf(sent.payload.id).toEqualTypeOf<string>();
      if (!either.is(one)) expectTypeOf(either.name).toEqualTypeOf<"message.sent" | "chat.closed">();
    };

    expectTypeOf(look).returns.toBeVoid();
  });

  test("cannot be changed", () => {
    const change = (event: HookwellEvent<"message.sent">): void => {
      // @ts-expect-error a payload is read only
      event.payload.id = "m2";
      // @ts-expect-error an event is read only
      event.revision = 3;
    };

    expectTypeOf(change).returns.toBeVoid();
  });
});
