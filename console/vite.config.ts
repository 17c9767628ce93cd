import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where `npm run dev:console` finds a Hookwell that runs. */
const server = process.env["HOOKWELL_SERVER"] ?? "http://127.0.0.1:3000";

const config: UserConfig = defineConfig({
  root: here("."),
  // Addresses are relative, so the console also works below a path of a proxy.
  base: "./",
  build: {
    outDir: here("../dist/console"),
    emptyOutDir: true,
    // For old browsers it would put a script into the page, which our headers forbid.
    modulePreload: { polyfill: false },
    // Otherwise pictures would become `data:` addresses in the styles, which our headers forbid.
    assetsInlineLimit: 0,
    license: { fileName: "licenses.md" },
  },
  server: { proxy: { "/api": server } },
});

export default config;
