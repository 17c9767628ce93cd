import type { Command } from "./command.ts";
import { deadLetters } from "./commands/dead-letters.ts";
import { doctor } from "./commands/doctor.ts";
import { events } from "./commands/events.ts";
import { process } from "./commands/process.ts";
import { quarantine } from "./commands/quarantine.ts";
import { receive } from "./commands/receive.ts";
import { secret } from "./commands/secret.ts";
import { send } from "./commands/send.ts";
import { serve } from "./commands/serve.ts";
import { show } from "./commands/show.ts";
import { tail } from "./commands/tail.ts";

/** What `hookwell` can do, in the order of its help. */
export const commands: readonly Command[] = [
  serve,
  receive,
  process,
  send,
  events,
  show,
  tail,
  deadLetters,
  quarantine,
  secret,
  doctor,
];
