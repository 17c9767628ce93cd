import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { expect, test } from "vitest";
import { tempFolder } from "./support/temp-folder.ts";

const run = promisify(execFile);
const root = dirname(fileURLToPath(new URL("../package.json", import.meta.url)));

const aProgram = `
  import { createReceiver, sign, verify } from "hookwell";
  console.log(verify("body", sign("body", "secret"), "secret"));
  createReceiver({ secret: "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258" }).then(
    () => console.log("open"),
    ({ code, message }) => console.log(code, message),
  );
`;

/** What a program says into which a bundler has put Hookwell, as built. */
async function sayOfBundled(format: "es" | "cjs"): Promise<readonly string[]> {
  const name = format === "es" ? "bundle.mjs" : "bundle.cjs";
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "node_modules"));
  await symlink(root, join(folder.path, "node_modules/hookwell"));
  await writeFile(join(folder.path, "program.mjs"), aProgram);
  await build({
    root: folder.path,
    logLevel: "error",
    ssr: { noExternal: ["hookwell"] },
    build: {
      ssr: "program.mjs",
      minify: true,
      rolldownOptions: { output: { format, codeSplitting: false, entryFileNames: name } },
    },
  });
  const { stdout } = await run(process.execPath, [join("dist", name)], { cwd: folder.path });
  return stdout.trim().split("\n");
}

test.each(["es", "cjs"] as const)(
  "in a bundle (%s) signatures are checked, and a receiver says what to tell the bundler",
  async (format) => {
    const [verified, refused] = await sayOfBundled(format);

    expect(verified).toBe("true");
    expect(refused).toMatch(/^CONFIG_INVALID .*bundler.*--external:hookwell.*docs\/embed\.md/);
  },
  60_000,
);
