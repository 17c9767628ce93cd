import type { Parser } from "../../config/parsers.ts";
import { webUrl } from "../../lib/web-url.ts";
import type { Option, Options } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";

const expected = "http(s)://host without a login in it, such as http://127.0.0.1:4010";

const apiUrl: Parser<string> = (raw) => {
  const url = webUrl(raw);
  return url === undefined ? { expected } : { value: url.href };
};

/** Options of every command that asks the sender's REST API; credentials are only in the environment. */
export const senderOptions: readonly Option[] = [
  {
    flags: "--api <url>",
    says: "The sender's REST API, or a sandbox.",
    parse: apiUrl,
    env: "HOOKWELL_API",
    otherwise: "https://api.comapi.com with a token, https://r1-api.dotdigital.com with a user",
    group: "Sender:",
  },
];

/** What help says about credentials. */
export const credentialsHelp =
  "Credentials come from the environment: HOOKWELL_API_TOKEN and HOOKWELL_API_SPACE, or HOOKWELL_API_USER and HOOKWELL_API_PASSWORD. Each may be in a file instead, which HOOKWELL_API_TOKEN_FILE and so on name.";

/** The URL that is named; undefined for the service itself. */
export function namedApi(options: Options, { env }: Io): string | undefined {
  const flag = options.text("api");
  if (flag !== undefined) return flag;
  const written = env["HOOKWELL_API"] || undefined;
  const parsed = written === undefined ? undefined : apiUrl(written);
  if (parsed !== undefined && "expected" in parsed)
    throw new UsageError(`HOOKWELL_API is not usable: write ${parsed.expected}.`);
  return parsed?.value;
}
