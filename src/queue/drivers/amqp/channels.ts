import type { Channel } from "rabbitmq-client";
import { isError } from "../../../lib/is-error.ts";
import { tooFewChannels } from "./patience.ts";
import type { OpenChannel } from "./session.ts";

/** How many channels ask at a time: a server far away takes a while for each of some 150 answers. */
const channelsAtOnce = 8;

/**
 * Channels for questions, whose end breaks nothing; whoever asks closes them. A server that gives a connection fewer is
 * asked over those that it gives.
 */
export async function channelsToAsk(open: OpenChannel): Promise<readonly Channel[]> {
  const nobody = (): void => undefined;
  const first = await open(nobody);
  const opening = Array.from({ length: channelsAtOnce - 1 }, () => open(nobody).catch(passOverTooFew));
  return [first, ...(await Promise.all(opening)).filter((channel) => channel !== undefined)];
}

function passOverTooFew(error: unknown): undefined {
  if (!(isError(error) && tooFewChannels.test(error.message))) throw error;
}
