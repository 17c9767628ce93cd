import { knownEventNames } from "../../event/names.ts";
import type { components } from "../../sender-api/management-api.ts";

type AvailableEvent = components["schemas"]["AvailableEvent"];
type EventTemplate = components["schemas"]["EventTemplate"];

/** What the events of a family report. */
const families: Readonly<Record<string, string>> = {
  message: "What became of a message, or a message from a person.",
  interaction: "A person followed a tracked link.",
  complaint: "A recipient complained about a transactional email.",
  profile: "A profile changed.",
  facebook: "A person agreed to messages on Facebook.",
  conversation: "A conversation or its participants changed.",
  conversationMessage: "What became of a message in a conversation.",
  chat: "A chat changed.",
  chatMessage: "What became of a message in a chat.",
  presence: "An agent came, went away or left.",
};

/** The one filter that the reference names. Where it looks is a guess. */
const channel = {
  name: "channel",
  path: "payload.details.channel",
  required: false,
  description: "Only messages of this channel, such as sms.",
};

/** The events that an account may subscribe to: all that are known. The descriptions are ours. */
export const availableEvents: AvailableEvent[] = knownEventNames.map((type) => {
  const [family = ""] = type.split(".");
  return { type, description: families[family] ?? "", filters: family === "message" ? [channel] : [] };
});

const messages = ["sent", "delivered", "read", "expired", "failed", "inbound"].map((end) => `message.${end}`);
const profiles = knownEventNames.filter((name) => name.startsWith("profile."));

/** The two groups of events that the vendor's specification shows. */
export const availableTemplates: EventTemplate[] = [
  {
    name: "Message events",
    description: "What becomes of messages, and messages from people.",
    events: messages,
  },
  {
    name: "Message and Profile events",
    description: "The same, and changes of profiles.",
    events: [...messages, ...profiles],
  },
];
