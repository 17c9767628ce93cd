import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import type { Pages } from "./page-bridge.ts";
import { pageHeaders } from "./page-headers.ts";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".svg": "image/svg+xml",
};

const safely = pageHeaders({
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self'",
  "connect-src": "'self'",
});

type Files = ReadonlyMap<string, Buffer<ArrayBuffer>>;

/**
 * The console's files, for everybody: they hold no data, and what they show they ask of the API with the visitor's token.
 *
 * @param folder where the build put them; read when the first of them is asked for
 */
export function consoleFiles(folder: string): Pages {
  let files: Promise<Files> | undefined;
  return {
    fetch: async ({ url, method }) => {
      const path = new URL(url).pathname.replace(/^\/console/, "");
      // The page's own addresses are relative to the slash. So is this one, since a proxy may put a path before it.
      if (path === "") return new Response(null, { status: 308, headers: { location: "console/" } });
      const name = path === "/" ? "index.html" : path.slice(1);
      files ??= readAll(folder).catch((error: unknown) => {
        files = undefined;
        throw error;
      });
      const file = (await files).get(name);
      if (file === undefined) return nothing(name);
      return new Response(method === "HEAD" ? null : file, { headers: headersOf(name, file.length) });
    },
  };
}

function headersOf(name: string, length: number): Record<string, string> {
  const type = types[extname(name)] ?? "application/octet-stream";
  // What has a hash in its name never changes.
  const caching = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  return { ...safely, "content-type": type, "content-length": String(length), "cache-control": caching };
}

/** Reads all of them into memory: a path that is not among them leads nowhere, whatever it looks like. */
async function readAll(folder: string): Promise<Files> {
  if (!existsSync(folder)) return new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).split(sep).join("/"));
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

function nothing(name: string): Response {
  const text =
    name === "index.html"
      ? "The console is not in this build; `npm run build` makes it.\n"
      : "There is no such page.\n";
  return new Response(text, { status: 404, headers: { "content-type": "text/plain; charset=utf-8" } });
}
