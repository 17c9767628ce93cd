/** An address for people: without user and password. What is no address is cut up to its last `@`, to be safe. */
export function withoutLogin(text: string): string {
  if (!text.includes("@")) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.host === "") return text.replace(/^.*@/s, "…@");
  url.username = "";
  url.password = "";
  return url.href;
}

/** A sentence in which what somebody wrote may stand: without the login of an address that has a password. */
export const withoutPasswords = (text: string): string =>
  // What stands behind a host is its port.
  text.replaceAll(/(\w:\/{1,2})[^\s"'/@:]*:(?!\d{1,5}[/,])[^\s"']*@/g, "$1…@");
