/**
 * A configuration with handlers. Each gets the payload of its own event; the most specific pattern wins.
 *
 *     hookwell serve --config examples/hookwell.config.ts
 */
import { defineConfig, type UserConfig } from "hookwell";

const config: UserConfig = defineConfig({
  concurrency: 32,
  handlerTimeout: "20s",
  handlers: {
    "message.failed": async (event, { log }) => {
      const { id, details } = event.payload;
      log.warn("example.not_delivered", { id, channel: details.channel, reason: details.failureReason });
    },

    "message.inbound": async (event, { log }) => {
      log.info("example.inbound", { id: event.payload.id, channel: event.payload.channel });
    },

    // All other message events, also those of names that Hookwell does not know: check a field before you use it.
    "message.*": async (event, { log }) => {
      log.info("example.message", { name: event.name, entity: event.entity, revision: event.revision });
    },

    // Everything else. Without this line, events that no pattern matches would count as handled.
    "*": async (event, { log }) => {
      log.info("example.other", { name: event.name, entity: event.entity });
    },
  },
});

export default config;
