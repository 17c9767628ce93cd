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
    // What it would do for old browsers is a script inside the page, which our headers forbid.
    modulePreload: { polyfill: false },
    // Pictures inside of styles would be `data:` addresses; all files are small enough to be fetched.
    assetsInlineLimit: 0,
    license: { fileName: "licenses.md" },
  },
  server: { proxy: { "/api": server } },
});

export default config;
