const absolute = /^https?:\/\/[^/?#]*(.*)$/i;

/**
 * Path and query of what a request asks for. A client that takes this server for a proxy puts scheme and host before
 * them, and RFC 9112 (3.2.2) requires a server to accept that.
 */
export function pathAndQuery(target: string): string {
  const [, path] = absolute.exec(target) ?? [];
  if (path === undefined) return target;
  return path.startsWith("/") ? path : `/${path}`;
}
