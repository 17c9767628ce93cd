import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Families } from "../event/entity.ts";
import { parseBatch } from "../event/envelope.ts";
import { knownEventNames } from "../event/names.ts";
import { sample, sampleNames } from "./samples.ts";

const folder = new URL("samples/", import.meta.url);

/** What the table of families says of each sample. */
const identities: Readonly<Record<string, readonly [entity: string, state: string | null]>> = {
  "message.sentRequest": ["message:7b1d9e04-52c6-4f3a-8e17-a0c95d3b6f21", "message"],
  "message.sent": ["message:7b1d9e04-52c6-4f3a-8e17-a0c95d3b6f21", "message"],
  "message.delivered": ["message:7b1d9e04-52c6-4f3a-8e17-a0c95d3b6f21", "message"],
  "message.read": ["message:e90f5b38-6a27-4c81-b3d4-72f1c8a06e95", "another message"],
  "message.expired": ["message:15a7c3d2-84ef-4b96-a05c-d9e3f6b17280", "an expired message"],
  "message.failed": ["message:a62e4d17-f3b0-4859-8c71-0b9d5e2f43c6", "a failed message"],
  "message.inbound": ["message:28f1b5c9-d3a6-4e70-91c8-b47e0d6a2f53", null],
  "interaction.click": ["interaction:c4e8a7f1-0b39-4d62-97f5-1e6d2b8c3a54", null],
  "complaint.received": ["complaint:c4e8a7f1-0b39-4d62-97f5-1e6d2b8c3a54", null],
  "profile.create": ["profile:morgan.lee@example.com", "profile"],
  "profile.update": ["profile:morgan.lee@example.com", "profile"],
  "profile.delete": ["profile:morgan.lee@example.com", "profile"],
  "profile.undelete": ["profile:morgan.lee@example.com", "profile"],
  "profile.devicesUpdated": ["profile:morgan.lee@example.com", "profile"],
  "facebook.optin": ["facebook:2048816350417729", null],
  "conversation.create": ["conversation:order-support-104512", "conversation"],
  "conversation.update": ["conversation:order-support-104512", "conversation"],
  "conversation.delete": ["conversation:order-support-104512", "conversation"],
  "conversation.undelete": ["conversation:order-support-104512", "conversation"],
  "conversation.participantAdded": ["conversation:order-support-104512", null],
  "conversation.participantUpdated": ["conversation:order-support-104512", null],
  "conversation.participantRemoved": ["conversation:order-support-104512", null],
  "conversation.participantTyping": ["conversation:order-support-104512", null],
  "conversation.participantTypingOff": ["conversation:order-support-104512", null],
  "conversationMessage.sent": ["conversation:order-support-104512", "a message in a conversation"],
  "conversationMessage.delivered": ["conversation:order-support-104512", "its receipts by SupportDesk"],
  "conversationMessage.read": ["conversation:order-support-104512", "its receipts by SupportDesk"],
  "chat.create": ["chat:9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", "chat"],
  "chat.channelUpdated": ["chat:9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", "chat"],
  "chat.closed": ["chat:9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", "chat"],
  "chat.delete": ["chat:9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", "chat"],
  "chatMessage.sent": ["chat:9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", "a message in a chat"],
  "chatMessage.delivered": ["chat:9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", "its receipts by a visitor"],
  "chatMessage.read": ["chat:9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", "its receipts by a visitor"],
  "presence.available": ["presence:PLATFORMUSER\\agent.one@example.com", null],
  "presence.away": ["presence:PLATFORMUSER\\agent.one@example.com", null],
  "presence.offline": ["presence:PLATFORMUSER\\agent.one@example.com", null],
};

describe("the samples", () => {
  test("are one for each known name, and no file is left over", () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));

    expect(sampleNames).toEqual(knownEventNames);
    expect(files.toSorted()).toEqual(knownEventNames.toSorted());
    expect(Object.keys(identities)).toEqual(knownEventNames);
  });

  test.each(sampleNames)("hold an event named %s, as its file does", (name) => {
    const bytes = readFileSync(new URL(`${name}.json`, folder));

    const { envelopes } = parseBatch(bytes, new Families());

    expect(envelopes[0]).toMatchObject({
      name,
      entity: identities[name]?.[0],
      accountId: 48_213,
      body: bytes,
    });
    expect(sample(name)).toEqual(JSON.parse(bytes.toString()));
  });

  test("share a state exactly where the table says so", () => {
    const families = new Families();
    const found = sampleNames.map((name) => families.identify(sample(name)).state);
    const expected = sampleNames.map((name) => identities[name]?.[1] ?? null);

    const groupsOf = (states: readonly (string | null)[]) =>
      states.map((state) => (state === null ? null : states.indexOf(state)));

    expect(groupsOf(found)).toEqual(groupsOf(expected));
  });

  test("of an unknown name are one that fits any", () => {
    const event = sample("session.started");

    expect(event.name).toBe("session.started");
    expect(parseBatch(Buffer.from(JSON.stringify(event)), new Families()).envelopes).toHaveLength(1);
  });
});
