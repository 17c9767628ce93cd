import type { ApiClient } from "./api-client.ts";
import { openClient } from "./open-client.ts";
import type { ExitCode, Input } from "../command.ts";

/** Does something with the API, and closes it again. */
export async function withClient(
  { options, io }: Input,
  work: (client: ApiClient) => Promise<void>,
): Promise<ExitCode> {
  await using client = await openClient(options, io);
  await work(client);
  return 0;
}
