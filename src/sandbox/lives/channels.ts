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

const channels: Readonly<Record<string, Channel>> = {
  sms,
};

/** How the events of this channel look; those of an unknown one are a guess. */
export const channelOf = (id: string): Channel => channels[id] ?? guessed;
