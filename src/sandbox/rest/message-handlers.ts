import { HTTPException } from "hono/http-exception";
import type { Done } from "../messages.ts";
import type { Sandbox } from "../sandbox.ts";
import { found } from "./found.ts";
import type { Handlers } from "./handler.ts";

type MessageHandlers = Pick<
  Handlers,
  Exclude<Extract<keyof Handlers, `${string}Messages${string}`>, `${"getAnalytics" | "getProfiles"}${string}`>
>;

/** The calls about messages in both directions. */
export function messageHandlers(sandbox: Sandbox): MessageHandlers {
  return {
    postMessages: ({ body }) => ({ status: 201, body: sandbox.send(body) }),
    postMessagesBatch: ({ body }) => {
      const sent = sandbox.sendBatch(body);
      return { status: 202, body: sent.map(({ messageId = "" }, index) => ({ index, messageId })) };
    },
    getMessagesByMessageId: ({ path: { messageId } }) => {
      return { status: 200, body: found(sandbox.message(messageId), "message", messageId) };
    },
    patchMessagesByMessageId: ({ path: { messageId }, body: { redact } }) => {
      found(sandbox.message(messageId), "message", messageId);
      if (redact) conclude(sandbox.redact(messageId), messageId);
      return { status: 202, body: undefined };
    },
    deleteMessagesByMessageId: ({ path: { messageId } }) => {
      conclude(sandbox.deleteMessage(messageId), messageId);
      return { status: 204, body: undefined };
    },
    postMessagesByMessageIdStatusesByStatus: ({ path: { messageId, status }, body }) => {
      found(sandbox.report(messageId, status, body) || undefined, "message", messageId);
      return { status: 200, body };
    },
    postMessagesInbounds: ({ body }) => ({ status: 201, body: sandbox.inbound(body) }),
    postMessagesInboundsByInboundMessageIdStatusesByStatus: ({ path: { inboundMessageId: id, status } }) => {
      return { status: 200, body: found(sandbox.inboundStatus(id, status), "inbound message", id) };
    },
  };
}

function conclude(done: Done, id: string): void {
  found(done === "unknown" ? undefined : done, "message", id);
  if (done === "conflict") throw new HTTPException(409, { message: `The message ${id} is being sent.` });
}
