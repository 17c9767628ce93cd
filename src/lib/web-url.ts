/** The address that somebody wrote; undefined if it is no http(s) URL, or has a login in it. */
export function webUrl(written: unknown): URL | undefined {
  const url = typeof written === "string" ? URL.parse(written) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return url.username === "" && url.password === "" ? url : undefined;
}
