import { parseBatch } from "../event/envelope.ts";
import type { Message } from "../event/message.ts";
import { syntheticEvent } from "../event/synthetic.ts";
import { json } from "./answer.ts";
import type { QueuedResponse } from "./contract.ts";
import { readMissedStatuses } from "./missed-statuses.ts";
import type { ApiParts } from "./parts.ts";
import type { Call, Route } from "./router.ts";

/** Puts events into the queue that the sender has sent in vain. From there on they are like any other. */
export function syntheticRoutes(parts: ApiParts): readonly Route[] {
  return [{ method: "POST", path: "/api/v1/events", query: [], run: put }];

  async function put({ request }: Call): Promise<Response> {
    const receivedAt = parts.now();
    const events = (await readMissedStatuses(request)).map((missed) => syntheticEvent(missed, receivedAt));
    const messages = events.flatMap((event): readonly Message[] =>
      parseBatch(Buffer.from(JSON.stringify(event)), parts.families).envelopes.map((envelope) => ({
        ...envelope,
        receivedAt,
        copy: parts.newCopy(),
        replay: false,
      })),
    );
    await parts.queue.put(messages);
    const answer: QueuedResponse = { queued: messages.length };
    return json(answer, 202);
  }
}
