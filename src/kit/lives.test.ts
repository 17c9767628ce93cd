import { describe, expect, test } from "vitest";
import { seededRandom } from "../lib/random.ts";
import { aChat } from "./a-chat.ts";
import { aConversation } from "./a-conversation.ts";
import { aMessage } from "./a-message.ts";
import { aProfile } from "./a-profile.ts";

const world = () => ({ random: seededRandom(1), now: () => Date.UTC(2026, 5, 1) });

const namesAndRevisions = ({ events }: { events: readonly { name: string; revision?: number }[] }) =>
  events.map(({ name, revision }) => [name, revision]);

describe("a message", () => {
  test("has its events in order, under one id and with rising revisions and times", () => {
    const life = aMessage({ ...world(), channel: "whatsApp", metadata: { orderId: "SO-1" } })
      .sentRequest()
      .sent()
      .delivered()
      .read()
      .clicked()
      .complained();

    expect(namesAndRevisions(life)).toEqual([
      ["message.sentRequest", 1],
      ["message.sent", 2],
      ["message.delivered", 3],
      ["message.read", 4],
      ["interaction.click", undefined],
      ["complaint.received", undefined],
    ]);
    expect(life.events.map(({ payload }) => payload?.["id"])).toEqual(Array(6).fill(life.id));
    const times = life.events.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...new Set(times)].toSorted());
    expect(life.events[3]?.payload).toMatchObject({
      details: { channel: "whatsApp" },
      metadata: { orderId: "SO-1" },
    });
  });

  test("stays as it is when another step follows", () => {
    const sent = aMessage().sent();

    const [read, failed] = [sent.read(), sent.failed({ payload: { details: { failureReason: "Blocked" } } })];

    expect([sent, read, failed].map(({ events }) => events.length)).toEqual([1, 2, 2]);
    expect(read.events[0]).toBe(failed.events[0]);
    expect(failed.events[1]?.payload).toMatchObject({ details: { failureReason: "Blocked" } });
  });

  test("is answered by the person that it went to", () => {
    const life = aMessage({ to: { phoneNumber: "447700900123" } })
      .sent()
      .answered({ payload: { body: "No" } });

    expect(life.events[1]?.payload).toMatchObject({
      from: { phoneNumber: "447700900123" },
      body: "No",
      correlation: { messageId: life.id },
    });
  });

  test("is a list of events wherever one is wanted", () => {
    const life = aMessage().sent().expired();

    expect([...life]).toEqual(life.events);
  });
});

test("a profile counts its revisions, however often it changes", () => {
  const life = aProfile({ ...world(), id: "p1" })
    .created()
    .optedIn()
    .updated()
    .devicesUpdated()
    .updated({ payload: { name: "Morgan" } })
    .deleted()
    .undeleted();

  expect(life.events.map(({ revision }) => revision)).toEqual([0, undefined, 1, undefined, 2, 3, 4]);
  expect(life.events.every(({ payload }) => [payload?.["id"], payload?.["profileId"]].includes("p1"))).toBe(
    true,
  );
  expect(life.events[4]?.payload).toMatchObject({ name: "Morgan" });
});

test("a conversation counts its changes and the places of its messages", () => {
  const life = aConversation({ ...world(), id: "c1" })
    .created()
    .participantAdded()
    .typing()
    .typingOff()
    .messageSent()
    .messageRead()
    .messageSent()
    .messageDelivered()
    .updated()
    .participantUpdated()
    .participantRemoved()
    .deleted()
    .undeleted();

  expect(life.events.map(({ revision }) => revision ?? null)).toEqual([
    0,
    null,
    null,
    null,
    4,
    5,
    6,
    7,
    1,
    null,
    null,
    2,
    3,
  ]);
  const messages = life.events.slice(4, 8).map(({ payload }) => payload?.["id"]);
  expect(messages).toEqual([messages[0], messages[0], messages[2], messages[2]]);
  expect(messages[0]).not.toBe(messages[2]);
});

test("a chat counts its changes and its messages in one sequence", () => {
  const life = aChat({ ...world(), teamId: "Sales" })
    .created()
    .messageSent()
    .messageDelivered()
    .messageRead()
    .channelUpdated()
    .closed()
    .deleted();

  expect(life.events.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(life.events[1]?.payload).toMatchObject({ context: { chatId: life.id, teamId: "Sales" } });
});
