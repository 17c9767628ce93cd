import type { Handlers } from "./handler.ts";
import type { Limits, Region } from "./limits.ts";

/** Where the calls of a region go: to a path of the sandbox, since it has one address for all three. */
const hostOf = (region: Region, origin: string): string => (region === "r1" ? origin : `${origin}/${region}`);

/** The call that tells a client the host of its account. Names of the fields from public clients of the account API. */
export function accountHandlers(limits: () => Limits): Pick<Handlers, "getAccountInfo"> {
  return {
    getAccountInfo: ({ origin }) => {
      const value = hostOf(limits().region, origin);
      return {
        status: 200,
        body: { id: 48_213, properties: [{ name: "ApiEndpoint", type: "String", value }] },
      };
    },
  };
}
