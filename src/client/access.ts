import { ConfigError } from "../errors.ts";
import { webUrl } from "../lib/web-url.ts";

/** Where the service is, and how it is asked. */
export interface Access {
  /** Base URL without a slash at its end. */
  readonly api: string;
  /** Value of the `Authorization` header. */
  readonly authorization: string;
  /** The API Space in the paths; undefined for the form of a region. */
  readonly apiSpaceId: string | undefined;
}

/** Who asks: a token with the API Space it belongs to, or an API user of a region. */
export interface Credentials {
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly apiSpaceId?: string | undefined;
}

const spaceHost = "https://api.comapi.com";
const firstRegion = "https://r1-api.dotdigital.com";

/**
 * The form of the API that these credentials belong to.
 *
 * @throws {ConfigError} if they belong to none, or the URL is none
 */
export function accessOf({ token, user, password, apiSpaceId }: Credentials, api?: string): Access {
  if (token !== undefined) {
    if (user !== undefined || password !== undefined)
      throw new ConfigError(["A token, or a user and a password: give one of them."]);
    if (!/^[!-~]+$/.test(token))
      throw new ConfigError(["The token is not usable: it has other characters than ASCII in it."]);
    if (apiSpaceId === undefined || apiSpaceId === "")
      throw new ConfigError(["A token needs the id of its API Space: give apiSpaceId too."]);
    return { api: baseOf(api ?? spaceHost), authorization: `Bearer ${token}`, apiSpaceId };
  }
  if (user === undefined || password === undefined)
    throw new ConfigError(["Credentials are missing: give a token, or a user and a password."]);
  const basic = Buffer.from(`${user}:${password}`).toString("base64");
  return { api: baseOf(api ?? firstRegion), authorization: `Basic ${basic}`, apiSpaceId: undefined };
}

/** The path as the form of these credentials has it; the paths of the region are the ones that are written in the code. */
export function pathIn({ apiSpaceId }: Access, path: string): string {
  return apiSpaceId === undefined
    ? path
    : path.replace(/^\/cpaas\//, `/apispaces/${encodeURIComponent(apiSpaceId)}/`);
}

/**
 * Where account info is asked for. For every region that is the first one; for another service, such as a sandbox, it is
 * that service itself. Undefined where it is not known: the API Space form names no region.
 */
export function accountHost({ api }: Access): string | undefined {
  if (/^https:\/\/r\d+-api\.dotdigital\.com$/.test(api)) return firstRegion;
  return api === spaceHost ? undefined : api;
}

function baseOf(api: string): string {
  const url = webUrl(api);
  if (url === undefined)
    throw new ConfigError(["The URL of the API is not usable: write http(s)://host, without a login in it."]);
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
