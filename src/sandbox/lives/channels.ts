import type { MessageAddress } from "../../event/payloads/message.ts";
import type { OpenRecord } from "../../event/payloads/open.ts";
import { below } from "../../lib/random.ts";
import { freshUuid } from "../fresh-event.ts";

/** What a channel may say of a message. */
export interface ChannelReport {
  readonly id: string;
  readonly to: MessageAddress;
  readonly text: string;
  /** The last part of the event's name, such as `sent`. */
  readonly status: string;
  /** When, as the sender writes it. */
  readonly at: string;
}

/** How the events of one channel look. */
export interface Channel {
  /** An address of somebody new. */
  readonly address: (random: () => number) => MessageAddress;
  readonly additionalInfo: (report: ChannelReport) => OpenRecord;
  /** Whether `details.channelStatus` repeats it. */
  readonly repeatsInfo: boolean;
  readonly channelData: (report: ChannelReport) => OpenRecord;
  /** Whether the sender follows links (`interaction.click`). Source: vendor pages "Message events", "Transactional email". */
  readonly links: boolean;
  /** Whether people complain to it (`complaint.received`). Source: vendor page "Transactional email". */
  readonly complaints: boolean;
}

/** A number of those that are kept for fiction. */
const phone = (random: () => number): MessageAddress => ({
  phoneNumber: `447700900${String(below(random, 1_000)).padStart(3, "0")}`,
});

/** A channel of which no example is known: all of this is a guess, made as little as possible. */
const guessed: Channel = {
  address: (random) => ({ profileId: freshUuid(random) }),
  additionalInfo: () => ({}),
  repeatsInfo: true,
  channelData: ({ to }) => ({ ...to }),
  links: false,
  complaints: false,
};

/** Source: vendor page "Message events", example. */
const sms: Channel = {
  address: phone,
  additionalInfo: ({ id, to, status }) => ({
    to: to.phoneNumber ?? "",
    ...(status === "sent" && { successful: true }),
    clientRef: id,
  }),
  repeatsInfo: true,
  channelData: ({ text }) => ({
    phoneNumberCountryCode: "GB",
    segmentCount: Math.max(1, Math.ceil(text.length / 160)),
  }),
  links: true,
  complaints: false,
};

/** Source: vendor page "Message events", example. */
const rcs: Channel = {
  ...guessed,
  address: phone,
  additionalInfo: ({ id, to, text, at }) => ({
    name: `phones/+${to.phoneNumber}/agentMessages/${id}`,
    sendTime: at,
    contentMessage: { text },
  }),
  repeatsInfo: false,
  channelData: ({ to }) => ({ ...inBritain(to), agentId: "example_agent" }),
};

/** `additionalInfo` comes from the vendor page "Message events"; the rest is a guess. */
const fbMessenger: Channel = {
  ...guessed,
  address: (random) => ({ fbMessengerId: String(2e15 + below(random, 1e15)) }),
  additionalInfo: ({ id, to }) => ({
    fbMessengerId: to.fbMessengerId ?? "",
    messageId: `mid.${id.replaceAll("-", "")}`,
  }),
};

/** The shape is a guess. */
const byPhone: Channel = { ...guessed, address: phone, channelData: ({ to }) => inBritain(to) };

const inBritain = ({ phoneNumber = "" }: MessageAddress): OpenRecord => ({
  phoneNumber,
  phoneNumberCountryCode: "GB",
});

/** The shape is a guess, and so is the id of the channel: the vendor names it only for chats. */
const email: Channel = {
  ...guessed,
  address: (random) => ({ email: `${freshUuid(random)}@example.com` }),
  links: true,
  complaints: true,
};

const channels: Readonly<Record<string, Channel>> = {
  sms,
  rcs,
  whatsApp: byPhone,
  mms: { ...byPhone, links: true },
  fbMessenger,
  nativePush: guessed,
  appMessaging: guessed,
  email,
};

/** The channels that the sandbox has events of. */
export const channelIds: readonly string[] = Object.keys(channels);

/** How the events of this channel look; those of an unknown one are a guess. */
export const channelOf = (id: string): Channel => channels[id] ?? guessed;
