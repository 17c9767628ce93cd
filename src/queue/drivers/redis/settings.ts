import type { RedisClient } from "./connection/client.ts";
import { isError } from "../../../lib/is-error.ts";

/** Settings of the server; those that it does not tell are missing. */
export async function settingsOf(
  client: RedisClient,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    names.map((name) => orNothing(client.sendCommand<object>(["CONFIG", "GET", name]))),
  );
  return new Map(
    found.flatMap((each) => Object.entries(each ?? {}).map(([key, value]) => [key, String(value)])),
  );
}

/** The answer; undefined if the user may not ask. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isError(error) && /NOPERM|unknown command|ERR/.test(error.message)) return undefined;
    throw error;
  }
}
