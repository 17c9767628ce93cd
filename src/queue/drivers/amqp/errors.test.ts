import { expect, test } from "vitest";
import { errorFields } from "../../../log.ts";
import { unavailable } from "./errors.ts";

test.each([
  ["undefined: CONNECTION_FORCED", "CONNECTION_FORCED"],
  // One more each time that the client says something over a connection that has just ended.
  [
    "This socket has been ended by the other party; BasicAck; BasicNack; BasicAck",
    "This socket has been ended by the other party",
  ],
  ["read ECONNRESET", "read ECONNRESET"],
])("of what the client says (%s) only the reason is told", (said, reason) => {
  const error = unavailable("hand out messages", new Error(said));

  expect(errorFields(error)).toEqual({ error: `RabbitMQ cannot hand out messages: ${reason}` });
});
