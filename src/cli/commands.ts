import type { Command, Listed, Unlisted } from "./command.ts";

/** A command as the list of commands shows it, and where the rest of it is. */
interface Entry extends Listed {
  readonly load: () => Promise<Unlisted>;
}

/** What `hookwell` can do, in the order of its help. */
export const commands: readonly Entry[] = [
  {
    name: "serve",
    summary: "Receive, process and show events in one process.",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "receive",
    summary: "Only receive: verify requests, queue their events.",
    load: async () => (await import("./commands/receive.ts")).receive,
  },
  {
    name: "process",
    summary: "Only process: run your handlers on queued events.",
    load: async () => (await import("./commands/process.ts")).process,
  },
  {
    name: "send",
    summary: "Sign and post sample events, or a file, as the sender does.",
    arguments: [{ form: "[names...]", says: "Event names, or patterns such as message.* or just *" }],
    load: async () => (await import("./commands/send.ts")).send,
  },
  {
    name: "events",
    summary: "List events, the newest first.",
    load: async () => (await import("./commands/events.ts")).events,
  },
  {
    name: "show",
    summary: "Show an event, or the timeline of an entity.",
    arguments: [
      {
        form: "<id>",
        says: "An event id, or an entity such as message:7b1d9e04-…; one that a list shortened with … works too.",
      },
    ],
    load: async () => (await import("./commands/show.ts")).show,
  },
  {
    name: "tail",
    summary: "Watch events as they are processed.",
    load: async () => (await import("./commands/tail.ts")).tail,
  },
  {
    name: "dead-letters",
    summary: "List, replay or remove events that failed for good.",
    load: async () => (await import("./commands/dead-letters.ts")).deadLetters,
  },
  {
    name: "quarantine",
    summary: "List, show, recheck or remove refused requests.",
    load: async () => (await import("./commands/quarantine.ts")).quarantine,
  },
  {
    name: "secret",
    summary: "List, add, retire or generate secrets.",
    load: async () => (await import("./commands/secret.ts")).secret,
  },
  {
    name: "doctor",
    summary: "Check that everything is in order; explain a signature.",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "sandbox",
    summary: "Play the sender on this machine.",
    load: async () => (await import("./commands/sandbox.ts")).sandbox,
  },
  {
    name: "demo",
    summary: "See Hookwell at work, with a sandbox of the sender.",
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  {
    name: "webhooks",
    summary: "Register, change and compare webhooks at the sender.",
    load: async () => (await import("./commands/webhooks.ts")).webhooks,
  },
  {
    name: "messages",
    summary: "Send and show messages; find what was missed.",
    load: async () => (await import("./commands/messages.ts")).messages,
  },
  {
    name: "validate",
    summary: "Check a body against the published schemas.",
    arguments: [{ form: "<file>", says: "An event, or an array of events, in JSON; - is standard input." }],
    load: async () => (await import("./commands/validate.ts")).validate,
  },
];

export async function whole({ load, ...listed }: Entry): Promise<Command> {
  return { ...listed, ...(await load()) };
}

/**
 * The commands as help lists them, and the one that is meant as a whole: the others would only make it start later.
 *
 * @param argv without the program itself
 */
export function commandsFor(argv: readonly string[]): Promise<readonly Command[]> {
  const meant = argv.find((word) => !word.startsWith("-") && word !== "help");
  return Promise.all(commands.map(async (entry) => (entry.name === meant ? whole(entry) : entry)));
}
