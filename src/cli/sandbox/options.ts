import { host, oneOf, text, wholeNumber } from "../../config/parsers.ts";
import { defaultCredentials, type SandboxCredentials } from "../../sandbox/credentials.ts";
import { regions } from "../../sandbox/rest/limits.ts";
import { scenarios, type ScenarioName } from "../../sandbox/scenarios.ts";
import { schedules, type ScheduleName } from "../../sandbox/schedule.ts";
import type { Option, Options } from "../command.ts";
import { jsonOption } from "../list-options.ts";
import { faultOptions } from "./fault-options.ts";

const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[];
const scheduleNames = Object.keys(schedules) as readonly ScheduleName[];
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

const credentialOptions: readonly Option[] = [
  { flags: "--token <token>", says: "Access token of the API Space.", otherwise: defaultCredentials.token },
  { flags: "--user <name>", says: "API user.", otherwise: defaultCredentials.user },
  {
    flags: "--password <password>",
    says: "The API user's password.",
    otherwise: defaultCredentials.password,
  },
  { flags: "--api-space <id>", says: "API Space.", otherwise: "shown at the start" },
].map((option) => ({ ...option, parse: text("some text"), group: Credentials }));

export const sandboxOptions: readonly Option[] = [...plain, ...faultOptions, ...credentialOptions];

/** The credentials whose flags were given. */
export function credentialsOf(options: Options): Partial<SandboxCredentials> {
  const given = (["token", "user", "password", "apiSpace"] as const).map(
    (name) => [name === "apiSpace" ? "apiSpaceId" : name, options.text(name)] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
