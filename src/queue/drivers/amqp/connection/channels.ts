import type { Channel } from "rabbitmq-client";
import { isError } from "../../../../lib/is-error.ts";
import { failedOf } from "../../../../lib/async/settled.ts";
import { channelsAtOnce, tooFewChannels } from "./channel-max.ts";
import type { OpenChannel } from "./session.ts";

/** One question to the server. */
export type Step = (channel: Channel) => Promise<unknown>;

/**
 * Channels for questions. A server that gives a connection fewer is asked over those that it gives.
 *
 * @param open opens one of them
 */
export async function channelsToAsk(open: () => Promise<Channel>): Promise<readonly Channel[]> {
  const first = await open();
  const opening = Array.from({ length: channelsAtOnce - 1 }, () => open().catch(passOverTooFew));
  return [first, ...(await Promise.all(opening)).filter((channel) => channel !== undefined)];
}

/** Such channels, whose end breaks nothing; whoever asks closes them. */
export const channelsToAskOnce = (open: OpenChannel): Promise<readonly Channel[]> =>
  channelsToAsk(() => open(() => undefined));

/**
 * Asks what does not depend on each other: each channel takes the next step as soon as it has an answer; one that fails
 * takes no more.
 */
export async function askAll(channels: readonly Channel[], steps: readonly Step[]): Promise<void> {
  const left = steps.values();
  const ends = await Promise.allSettled(
    channels.map(async (channel) => {
      for (const step of left) await step(channel);
    }),
  );
  const [failed] = failedOf(ends);
  if (failed !== undefined) throw failed.reason;
}

function passOverTooFew(error: unknown): undefined {
  if (!(isError(error) && tooFewChannels.test(error.message))) throw error;
}
