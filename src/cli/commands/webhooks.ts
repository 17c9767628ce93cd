import type { Unlisted } from "../command.ts";
import { credentialsHelp } from "../sender/sender-options.ts";
import { remove, update } from "../webhooks/change.ts";
import { create } from "../webhooks/create.ts";
import { events } from "../webhooks/events.ts";
import { rotateSecret } from "../webhooks/rotate-secret.ts";
import { list, show, templates } from "../webhooks/list.ts";

export const webhooks: Unlisted = {
  details: credentialsHelp,
  commands: [list, show, create, update, remove, events, templates, rotateSecret],
};
