/** An address for people: without user and password. What is no address is cut up to its last `@`, to be safe. */
export function withoutLogin(text: string): string {
  if (!text.includes("@")) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.host === "") return text.replace(/^.*@/s, "…@");
  url.username = "";
  url.password = "";
  return url.href;
}
