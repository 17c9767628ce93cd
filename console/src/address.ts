import type { Query } from "./api.ts";

/** Where the visitor is. It stands behind the `#`, so the server serves one file and a link keeps its filters. */
export interface Address {
  readonly page: Page;
  /** What the page is about: an event's id, or an entity; else undefined. */
  readonly subject?: string;
  readonly query: Query;
}

export type Page = "overview" | "events" | "event" | "entity" | "dead-letters" | "quarantine";

export const titles: Readonly<Record<Page, string>> = {
  overview: "Overview",
  events: "Events",
  event: "Event",
  entity: "Entity",
  "dead-letters": "Dead letters",
  quarantine: "Quarantine",
};

/** How each page is called in an address; those with a subject take it as the next segment. */
const pages: readonly { readonly path: string; readonly page: Page; readonly hasSubject?: true }[] = [
  { path: "", page: "overview" },
  { path: "events", page: "events" },
  { path: "events", page: "event", hasSubject: true },
  { path: "entities", page: "entity", hasSubject: true },
  { path: "dead-letters", page: "dead-letters" },
  { path: "quarantine", page: "quarantine" },
];

/** @returns undefined if it leads nowhere */
export function readAddress(hash: string): Address | undefined {
  // Not as a URL: that would take an id such as `..` for a step up.
  const [way = "", search = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [path = "", subject, ...rest] = way.split("/");
  const found = pages.find((each) => each.path === path && (each.hasSubject ?? false) === isText(subject));
  if (found === undefined || rest.length > 0) return undefined;
  const query = Object.fromEntries(
    Array.from(new URLSearchParams(search)).filter(([, value]) => value !== ""),
  );
  return { page: found.page, ...(isText(subject) && { subject: decode(subject) }), query };
}

/** The address as a link; what is empty in the query is left out. */
export function hrefOf(page: Page, { subject, query = {} }: Partial<Omit<Address, "page">> = {}): string {
  const path = pages.find((each) => each.page === page)?.path ?? "";
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const search = given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
  return `#/${path}${subject === undefined ? "" : `/${encodeURIComponent(subject)}`}${search}`;
}

const isText = (segment: string | undefined): segment is string => segment !== undefined && segment !== "";

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
