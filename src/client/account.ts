import type { Access } from "./access.ts";
import { type Calls, given } from "./calls.ts";

/** The account that the credentials belong to. */
export interface Account {
  /** The sender's number of it; null if the service does not say. */
  readonly id: number | null;
  /** Base URL of the account's region, such as `https://r2-api.dotdigital.com`; null if the service does not say. */
  readonly host: string | null;
}

/** Reads the account; the property `ApiEndpoint` has its host, as public clients of the account API read it. */
export async function accountOf(calls: Calls, access: Access): Promise<Account> {
  const { id, properties } = given(await calls.GET("/v2/account-info"), access, "properties");
  const endpoint = properties?.find(({ name }) => name === "ApiEndpoint")?.value;
  return { id: id ?? null, host: endpoint?.replace(/\/+$/, "") ?? null };
}
