import type { Sandbox } from "../sandbox.ts";
import { accountHandlers } from "./account-handlers.ts";
import type { Handlers } from "./handler.ts";
import type { Limits } from "./limits.ts";
import { messageHandlers } from "./message-handlers.ts";
import { readingHandlers } from "./reading-handlers.ts";
import { webhookHandlers } from "./webhook-handlers.ts";

/** What the sandbox does at each call. */
export function handlersOf(sandbox: Sandbox, limits: () => Limits): Handlers {
  return {
    ...webhookHandlers(sandbox),
    ...messageHandlers(sandbox),
    ...readingHandlers(sandbox),
    ...accountHandlers(limits),
  };
}
