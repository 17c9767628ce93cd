import type { ErrorResponse } from "../../api/contract.ts";
import { CommandError, NotFoundError, TokenError, UsageError } from "../failure.ts";

/** What a person is told when something else than Hookwell answers. */
export function notOurs(where: string, { status }: Response, also = ""): CommandError {
  const half = status === 404 ? " A `hookwell receive` has no API; ask a `hookwell process`." : "";
  return new CommandError(
    `${where} does not answer as Hookwell does (status ${status}): is the URL right?${half}${also}`,
  );
}

/**
 * What a person is told when the API refuses.
 *
 * @param live whether a server answers, and not the data folder in this process
 */
export async function refusalOf(
  response: Response,
  { where, live }: { readonly where: string; readonly live: boolean },
): Promise<Error> {
  if (response.status === 401 || response.status === 403) {
    return new TokenError(`${where} refuses the token: set HOOKWELL_TOKEN to the token of that server.`);
  }
  const text = await response.text().catch(() => "");
  const error = parseError(text);
  if (error === undefined) return notOurs(where, response);
  if (response.status === 404) return new NotFoundError(error.message);
  if (response.status < 500) return new UsageError(error.message);
  const sentence = error.message.replace(/\.?$/, ".");
  return new CommandError(live ? error.message : `${sentence} \`hookwell doctor\` looks further.`);
}

function parseError(text: string): ErrorResponse["error"] | undefined {
  try {
    const { error } = JSON.parse(text) as Partial<ErrorResponse>;
    return typeof error?.message === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}
