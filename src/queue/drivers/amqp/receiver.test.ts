import { expect, test } from "vitest";
import { timed } from "../../../testing/eventually.ts";
import type { Held } from "./held.ts";
import { AmqpNames } from "./names.ts";
import { AmqpReceiver } from "./receiver.ts";
import type { ReceiveLink } from "./receive-link.ts";
import type { AmqpSession } from "./session.ts";

const ignore = (): void => undefined;

test("the server has time for what is acknowledged while it closes", async () => {
  const topology = { names: new AmqpNames("hookwell"), isLook: false };
  const listener = { taken: ignore, takenBack: ignore };
  const receiver = new AmqpReceiver({} as AmqpSession<ReceiveLink>, topology, 10, listener);
  const storedAgain = Promise.withResolvers<void>();

  const closing = timed(() => receiver.close(storedAgain.promise));
  receiver.ack([{ receipt: "1", channel: { active: false } } as Held]);
  storedAgain.resolve();

  expect((await closing).ms).toBeGreaterThan(100);
});
