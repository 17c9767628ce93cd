const absolute = /^https?:\/\/[^/?#]*(.*)$/i;

/**
 * Path and query of what a request asks for, without the scheme and host that a client puts before them which takes this
 * server for a proxy: RFC 9112 (3.2.2) has a server accept that.
 */
export function pathAndQuery(target: string): string {
  const [, path] = absolute.exec(target) ?? [];
  if (path === undefined) return target;
  return path.startsWith("/") ? path : `/${path}`;
}
