/**
 * What somebody wrote, for people: the login of an address is left out, also where the address is malformed or stands
 * where something else belongs. A password may hold any character, so everything up to the last `@` is taken for one.
 */
export function withoutLogin(written: string): string {
  const end = written.lastIndexOf("@");
  if (end < 0) return written;
  const scheme = written.indexOf("://");
  const start = scheme < 0 || scheme > end ? 0 : scheme + "://".length;
  return `${written.slice(0, start)}…${written.slice(end)}`;
}
