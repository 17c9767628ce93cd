import { duration, host, oneOf, text, wholeNumber } from "../../config/parsers.ts";
import type { Faults } from "../../sandbox/faults.ts";
import { defaultCredentials, type SandboxCredentials } from "../../sandbox/credentials.ts";
import { regions } from "../../sandbox/rest/limits.ts";
import { scenarios, type ScenarioName } from "../../sandbox/scenarios.ts";
import { schedules, type ScheduleName } from "../../sandbox/schedule.ts";
import type { Option, Options } from "../command.ts";
import { jsonOption } from "../list-options.ts";
import { share } from "../share.ts";

const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[];
const scheduleNames = Object.keys(schedules) as readonly ScheduleName[];
const longestMs = 86_400_000;
const [Where, Sender, Trouble, Credentials] = ["Where:", "The sender:", "Trouble:", "Credentials:"];

/** The flags of `hookwell sandbox`, apart from those of its faults. */
const plain: readonly Option[] = [
  {
    flags: "--port <n>",
    says: "0 for any free one.",
    parse: wholeNumber(0, 65_535),
    otherwise: "4010",
    group: Where,
  },
  {
    flags: "--host <host>",
    says: "Address to listen on.",
    parse: host,
    otherwise: "127.0.0.1",
    group: Where,
  },
  {
    flags: "--data <file>",
    says: "Keep what is registered and sent in this file.",
    parse: text("the name of a file"),
    otherwise: "in memory",
    group: Where,
  },
  jsonOption,
  {
    flags: "--schedule <name>",
    says: "Retries as the vendor's page has them (A), or a newer digest of it (B).",
    parse: oneOf(scheduleNames),
    otherwise: "A",
    group: Sender,
  },
  {
    flags: "--time-scale <n>",
    says: "Time runs so many times as fast; a receiver keeps its 10 s.",
    parse: wholeNumber(1, 1_000_000),
    otherwise: "1",
    group: Sender,
  },
  {
    flags: "--seed <n>",
    says: "The same seed gives the same ids, lives and troubles again.",
    parse: wholeNumber(0, 4_294_967_295),
    group: Sender,
  },
  {
    flags: "--region <region>",
    says: `Where the account lives: ${regions.join(", ")}. Calls at another one are answered 403.`,
    parse: oneOf(regions),
    otherwise: "r1",
    group: Sender,
  },
  {
    flags: "--rate-limit <n>",
    says: "Calls a minute, sending not counted; more are answered 429.",
    parse: wholeNumber(0, 1_000_000),
    otherwise: "none",
    group: Sender,
  },
  {
    flags: "--legacy-rate-limit",
    says: "The limit is one for an hour; more calls are answered 400.",
    group: Sender,
  },
  {
    flags: "--scenario <name>",
    says: `Troubles with a name: ${scenarioNames.join(", ")}.`,
    parse: oneOf(scenarioNames),
    group: Trouble,
  },
];

/** The flags of faults, and which one each sets. */
const faultOptions: readonly (Option & { readonly fault: keyof Faults })[] = [
  {
    fault: "duplicate",
    flags: "--duplicate <share>",
    says: "Deliver this share of the events twice: 0.1 or 10%.",
    parse: share,
  },
  {
    fault: "reorder",
    flags: "--reorder <share>",
    says: "Let later events overtake this share.",
    parse: share,
  },
  {
    fault: "delayMs",
    flags: "--delay <time>",
    says: "Let each delivery wait up to so long.",
    parse: duration(0, longestMs),
  },
  {
    fault: "wrongSignature",
    flags: "--wrong-signature <share>",
    says: "Sign this share with a wrong secret.",
    parse: share,
  },
  {
    fault: "cut",
    flags: "--cut <share>",
    says: "Cut the connection in the middle of this share.",
    parse: share,
  },
  { fault: "slowBody", flags: "--slow-body <share>", says: "Send this share slowly.", parse: share },
  { fault: "outage", flags: "--outage", says: "Reach no receiver, until PUT /sandbox/faults ends it." },
  {
    fault: "burstMs",
    flags: "--burst <time>",
    says: "Hold events back, and send all at once every so often.",
    parse: duration(0, longestMs),
  },
];

const credentialOptions: readonly Option[] = [
  { flags: "--token <token>", says: "Access token of the API Space.", otherwise: defaultCredentials.token },
  { flags: "--user <name>", says: "API user.", otherwise: defaultCredentials.user },
  {
    flags: "--password <password>",
    says: "The API user's password.",
    otherwise: defaultCredentials.password,
  },
  { flags: "--api-space <id>", says: "API Space.", otherwise: defaultCredentials.apiSpaceId },
].map((option) => ({ ...option, parse: text("some text"), group: Credentials }));

export const sandboxOptions: readonly Option[] = [
  ...plain,
  ...faultOptions.map(({ fault: _, ...option }) => ({ ...option, group: Trouble })),
  ...credentialOptions,
];

/** The credentials whose flags were given. */
export function credentialsOf(options: Options): Partial<SandboxCredentials> {
  const given = (["token", "user", "password", "apiSpace"] as const).map(
    (name) => [name === "apiSpace" ? "apiSpaceId" : name, options.text(name)] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** The faults whose flags were given. */
export function faultsOf(options: Options): Partial<Faults> {
  const given = faultOptions.map(({ fault, flags }) => {
    const name =
      /^--(\S+)/.exec(flags)?.[1]?.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) ?? "";
    return [fault, options.number(name) ?? (options.has(name) || undefined)] as const;
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
