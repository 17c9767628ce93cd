import type { Pages } from "./page-bridge.ts";
import { testPage, testPageHeaders } from "./test-page.ts";

export interface PageParts {
  readonly api: Pages | undefined;
  /** The page for people over the API; undefined where there is none. */
  readonly console: Pages | undefined;
  readonly health: Pages;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  /** Path of the deliveries; undefined where none are received. */
  readonly path: string | undefined;
  /** Whether this server itself ends TLS. */
  readonly secure?: boolean;
}

/** Which page answers: the API, the console, the health pages, the metrics, or the test page at the endpoint. */
export function createPages({ api, console, health, metrics, path, secure = false }: PageParts): Pages {
  return {
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/api/") && api !== undefined) return api.fetch(request);
      if (pathname === "/healthz" || pathname === "/readyz") return health.fetch(request);
      const page = pageAt(pathname);
      const isRead = request.method === "GET" || request.method === "HEAD";
      if (isRead) return page?.(request) ?? text(404, "There is no such page.\n");
      // A delivery whose path is missing, or spelt in another way, comes to a page, too: for it there is nothing here.
      const isAstray = pathname === "/" || pathname === path;
      return page === undefined || isAstray ? text(404, "Events are not accepted here.\n") : wrongMethod();
    },
  };

  function pageAt(pathname: string): ((request: Request) => Response | Promise<Response>) | undefined {
    if (/^\/console(\/|$)/.test(pathname) && console !== undefined) {
      return (request) => console.fetch(request);
    }
    if (pathname === "/metrics") return async () => text(200, await metrics.text(), metrics.contentType);
    if (path !== undefined && (pathname === path || pathname === "/")) {
      return (request) => testPageFor(request, path, secure);
    }
    return pathname === "/" && console !== undefined ? toConsole : undefined;
  }
}

/** Relative, for a proxy may put a path before it. */
const toConsole = (): Response => new Response(null, { status: 302, headers: { location: "console/" } });

function testPageFor({ method, headers }: Request, path: string, secure: boolean): Response {
  if (method === "HEAD") return new Response(null, { headers: testPageHeaders });
  // The visitor's own words, for the visitor's eyes: where they came in, also through a proxy that ends TLS.
  const scheme = secure || headers.get("x-forwarded-proto") === "https" ? "https" : "http";
  const hostHint = `${scheme}://${headers.get("host") ?? ""}`;
  return new Response(testPage({ path, hostHint }), { headers: testPageHeaders });
}

/** The words are also for who has registered the address of a page at the sender. */
function wrongMethod(): Response {
  const response = text(405, "Events are not accepted here; this page takes GET, HEAD.\n");
  response.headers.set("allow", "GET, HEAD");
  return response;
}

function text(status: number, body: string, contentType = "text/plain; charset=utf-8"): Response {
  return new Response(body, { status, headers: { "content-type": contentType } });
}
