import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { mkdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tempFolder, type TempFolder } from "./support/temp-folder.ts";

const run = promisify(execFile);
const root = dirname(fileURLToPath(new URL("../package.json", import.meta.url)));
/** Programs find the node that runs the tests, and nothing of the npm that may run them. */
const env = {
  HOME: process.env["HOME"] ?? "/",
  PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
};

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** A user's project, in which the packed package is installed with what it says that it needs, and no more. */
let project: TempFolder;
let packed: Packed;
let manifest: Manifest;
/** Where it is installed. */
let home: string;

beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Manifest;
  project = await tempFolder();
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", project.path];
  const { stdout } = await run("npm", args, { cwd: root, env });
  [packed] = JSON.parse(stdout) as [Packed];
  if (!packed.files.some(({ path }) => path === "dist/index.js")) {
    throw new Error(
      "This test packs the built package: run `npm run build` before, and not at the same time.",
    );
  }
  const modules = join(project.path, "node_modules");
  home = join(modules, "hookwell");
  await mkdir(modules);
  await run("tar", ["-xzf", packed.filename], { cwd: project.path });
  await rename(join(project.path, "package"), home);
  for (const name of [...Object.keys(manifest.dependencies), "@types"]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
  await writeFile(join(project.path, "package.json"), '{ "type": "module", "private": true }');
}, 60_000);

afterAll(() => project?.[Symbol.asyncDispose]());

/** What a program in the project says. */
async function sayOf(program: string): Promise<string> {
  const path = join(project.path, "program.mjs");
  await writeFile(path, program);
  const { stdout } = await run(process.execPath, [path], { cwd: project.path, env });
  return stdout.trim();
}

describe("the package has", () => {
  const paths = (): readonly string[] => packed.files.map(({ path }) => path);

  test("what a user reads and runs", () => {
    const outside = paths().filter((path) => !/^(dist|docs|examples|deploy)\//.test(path));

    expect(outside.toSorted()).toEqual([
      "ARCHITECTURE.md",
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "bin/hookwell.js",
      "package.json",
    ]);
  });

  test("whatever its README links to, and the pages that its sentences name", async () => {
    const readme = await readFile(join(home, "README.md"), "utf8");
    const links = Array.from(readme.matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g), ([, path = ""]) => path);
    const code = paths().filter((path) => path.endsWith(".js"));
    const texts = await Promise.all(code.map((path) => readFile(join(home, path), "utf8")));
    const named = texts.flatMap((text) => text.match(/\bdocs\/[\w/-]+\.md/g) ?? []);

    expect(links.length).toBeGreaterThan(20);
    expect(named.length).toBeGreaterThan(2);
    const missing = [...links, ...named].filter((path) => !existsSync(join(home, path)));
    expect(missing).toEqual([]);
  });

  test("the version that its README shows, and the file name that it says to install", async () => {
    const readme = await readFile(join(home, "README.md"), "utf8");

    expect(readme).toContain(`  Hookwell ${manifest.version}  ready`);
    expect(readme).toContain(`hookwell/${basename(packed.filename)}`);
  });

  const isModule = (path: string): boolean => path.startsWith("dist/") && !path.startsWith("dist/console/");

  test("the console, with the licences of what is built into it", () => {
    const names = paths()
      .filter((path) => path.startsWith("dist/console/"))
      .map((path) => path.replace(/-[\w-]{8}\./, "-hash."));

    expect(names.toSorted()).toEqual([
      "dist/console/assets/index-hash.css",
      "dist/console/assets/index-hash.js",
      "dist/console/icon.svg",
      "dist/console/index.html",
      "dist/console/licenses.md",
    ]);
  });

  test("the built code with its types, sample events, and nothing else", () => {
    const inside = paths().filter(isModule);

    const odd = inside.filter(
      (path) =>
        !/\.js$|\.d\.ts$|^dist\/sender-api\/management-api\.json$|^dist\/sandbox\/samples\/[\w.]+\.json$/.test(
          path,
        ),
    );
    expect(odd).toEqual([]);
    expect(inside.filter((path) => /\.test\.|\.map$|[^d]\.ts$/.test(path))).toEqual([]);
    expect(inside.length).toBeGreaterThan(100);
  });

  test("types for every module, and modules for all types", () => {
    const bare = (end: string): readonly string[] =>
      paths()
        .filter((path) => isModule(path) && path.endsWith(end))
        .map((path) => path.slice(0, -end.length))
        .toSorted();

    expect(bare(".js")).toEqual(bare(".d.ts"));
  });

  test("the modules of all threads, which no import leads to", () => {
    const threads = globSync("**/{thread,*-thread}.ts", { cwd: join(root, "src") });

    expect(threads.length).toBeGreaterThan(2);
    for (const thread of threads) expect(paths()).toContain(`dist/${thread.replace(/\.ts$/, ".js")}`);
  });

  test("a thread's module under the name by which tools find it that collect the files of a deployment", async () => {
    const threads = globSync("**/{thread,*-thread}.ts", { cwd: join(root, "src"), exclude: ["lib/**"] });

    expect(threads.length).toBeGreaterThan(2);
    for (const thread of threads) {
      const folder = join(home, "dist", dirname(thread));
      const beside = await Promise.all(
        globSync("*.js", { cwd: folder }).map((file) => readFile(join(folder, file), "utf8")),
      );
      const name = basename(thread, ".ts");
      expect(beside.join("")).toContain(`new URL("./${name}.js", import.meta.url)`);
    }
  });

  test("no word of the machine on which it was built", async () => {
    const texts = await Promise.all(paths().map((path) => readFile(join(home, path), "utf8")));

    expect(texts.filter((text) => text.includes(root))).toEqual([]);
  });

  test("a file for whatever it exports", () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );

    for (const target of [...targets, ...Object.values(manifest.bin)]) {
      expect(paths()).toContain(target.replace(/^\.\//, ""));
    }
  });
});

describe("the program", () => {
  test("can be executed and says its version", async () => {
    const program = join(home, manifest.bin["hookwell"] ?? "");

    const { stdout } = await run(program, ["--version"], { cwd: project.path, env });

    expect(stdout.trim()).toBe(manifest.version);
    expect((await stat(program)).mode & 0o111).toBe(0o111);
    expect(await readFile(program, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

interface Failed {
  readonly code: number;
  readonly stderr: string;
}

describe("elsewhere than in the Node that it needs", () => {
  /** Other runtimes have all of `process.versions`, and their own name in it; so Node can pose as one. */
  const runAs = async (versions: Readonly<Record<string, string>>, program: string): Promise<Failed> => {
    const preload = join(project.path, "posing.mjs");
    const value = JSON.stringify({ ...process.versions, ...versions });
    await writeFile(preload, `Object.defineProperty(process, "versions", { value: ${value} });`);
    return run(process.execPath, ["--import", preload, program], { cwd: project.path, env }).then(
      () => expect.fail("it ran"),
      (error: unknown) => error as Failed,
    );
  };

  test.each([
    [{ node: "22.23.3" }, "Node 22.23.3"],
    [{ bun: "1.4.5" }, "Bun 1.4.5"],
    [{ deno: "2.9.6" }, "Deno 2.9.6"],
  ])("%o, the program says what it needs", async (versions, name) => {
    const { code, stderr } = await runAs(versions, join(home, manifest.bin["hookwell"] ?? ""));

    expect(code).toBe(2);
    const cure = "Install Node from https://nodejs.org/";
    expect(stderr).toBe(`Hookwell needs Node 24 or newer; this is ${name}. ${cure}\n`);
  });

  test.each([
    [{ bun: "1.4.5" }, "Bun 1.4.5"],
    [{ deno: "2.9.6" }, "Deno 2.9.6"],
  ])("%o, the library says so", async (versions, name) => {
    const program = join(project.path, "elsewhere.mjs");
    await writeFile(program, 'import { createReceiver } from "hookwell"; console.log(createReceiver);');

    const { stderr } = await runAs(versions, program);

    expect(stderr).toContain(`Error: Hookwell needs Node 24 or newer; this is ${name}. `);
  });
});

test.each([
  ["amqp://127.0.0.1", "amqp: needs the package rabbitmq-client: npm install rabbitmq-client"],
  ["redis://127.0.0.1", "redis: needs the package redis: npm install redis"],
  ["postgres://127.0.0.1", "postgres: needs the package pg: npm install pg"],
  [
    "nats://127.0.0.1",
    "nats: needs the packages @nats-io/transport-node and @nats-io/jetstream: npm install @nats-io/transport-node @nats-io/jetstream",
  ],
])("without the package of its engine, %s says what to install", async (url, sentence) => {
  const said = await sayOf(`
    import { createReceiver } from "hookwell";
    const opening = createReceiver({ secret: "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258", data: "data", queue: "${url}" });
    console.log(await opening.then(() => "open", ({ message }) => message));
  `);

  expect(said).toContain(sentence);
});

test.each([
  ["HOOKWELL_QUEUE", "amqp://127.0.0.1", "npm install rabbitmq-client"],
  ["HOOKWELL_QUEUE", "rediss://127.0.0.1", "npm install redis"],
  ["HOOKWELL_QUEUE", "tls://127.0.0.1", "npm install @nats-io/transport-node @nats-io/jetstream"],
  ["HOOKWELL_QUEUE", "postgresql://127.0.0.1", "npm install pg"],
  ["HOOKWELL_LEDGER", "postgres://127.0.0.1", "npm install pg"],
])("a first start without the package of its %s %s makes no secret yet", async (setting, url, cure) => {
  await using folder = await tempFolder();
  const program = join(home, manifest.bin["hookwell"] ?? "");

  const failure = await run(program, ["serve"], {
    cwd: folder.path,
    env: { ...env, [setting]: url, PORT: "0" },
  }).then(
    () => undefined,
    (error: unknown) => error as { code: number; stderr: string },
  );

  expect(failure?.code).toBe(2);
  expect(failure?.stderr.replaceAll(/\s+/g, " ")).toContain(cure);
  expect(failure?.stderr).not.toMatch(/shown|secret/i);
  expect(existsSync(join(folder.path, ".hookwell", "secrets.json"))).toBe(false);
});

describe("a program that imports it", () => {
  test("finds what the documentation promises", async () => {
    const said = await sayOf(`
      import * as hookwell from "hookwell";
      console.log(Object.entries(hookwell).filter(([, value]) => typeof value === "function").map(([name]) => name).sort().join(" "));
    `);

    expect(said.split(" ")).toEqual([
      "ClosedError",
      "ConfigError",
      "DataInUseError",
      "DataUnusableError",
      "DataVersionError",
      "EventTooLargeError",
      "EventsRefusedError",
      "HookwellError",
      "LedgerUnavailableError",
      "MalformedError",
      "NonRetryableError",
      "QuarantineUnavailableError",
      "QueueUnavailableError",
      "createReceiver",
      "defineConfig",
      "jsonLog",
      "sign",
      "verify",
    ]);
  });

  test("receives and handles an event, threads and all", async () => {
    const said = await sayOf(`
      import { createReceiver, sign, verify } from "hookwell";
      const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
      const body = '{"eventId":"e1","name":"message.sent"}';
      const handled = Promise.withResolvers();
      const receiver = await createReceiver({
        secret,
        data: "data",
        handlers: { "message.*": (event) => handled.resolve(event.eventId) },
      });
      const headers = { "x-comapi-signature": sign(body, secret) };
      const response = await receiver.fetch(new Request("http://localhost/", { method: "POST", body, headers }));
      console.log(verify(body, headers["x-comapi-signature"], secret), response.status, await handled.promise);
      await receiver.close();
    `);

    expect(said).toBe("true 200 e1");
  });

  test("cannot reach into its insides, but can read its package.json", async () => {
    const said = await sayOf(`
      import manifest from "hookwell/package.json" with { type: "json" };
      const inside = await import("hookwell/dist/app.js").catch(({ code }) => code);
      console.log(manifest.name, inside);
    `);

    expect(said).toBe("hookwell ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});

test("a program in TypeScript gets its types, and is told of its mistakes", async () => {
  expect(await mistakesIn(aProgram, { lib: ["es2024"] })).toBe("");
}, 30_000);

test("what a browser's types take as a body, the body of an event is", async () => {
  const program = `
    import type { Handler } from "hookwell";
    export const passOn: Handler = async (event) => {
      await fetch("http://localhost/", { method: "POST", body: event.body });
      const copy: Uint8Array<ArrayBuffer> = event.body;
      return void copy;
    };
  `;

  expect(await mistakesIn(program, { lib: ["es2024", "dom"] })).toBe("");
}, 60_000);

test("the example for the web's standard is right with a browser's types, which a compiler takes unless told otherwise", async () => {
  const program = await readFile(join(home, "examples/web-standard.ts"), "utf8");

  expect(await mistakesIn(program, { lib: ["es2024", "dom"] })).toBe("");
}, 60_000);

const aProgram = `
    import { createServer } from "node:http";
    import { createReceiver, defineConfig, HookwellError, sign, verify, type HookwellEvent } from "hookwell";

    export default defineConfig({
      handlers: {
        "message.failed": (event) => {
          const reason: string | undefined = event.payload.details.failureReason;
          return reason;
        },
      },
    });
    const receiver = await createReceiver({ secret: "s", concurrency: 4, handlerTimeout: "30s" });
    createServer(receiver.node).listen(0);
    const answer: Promise<Response> = receiver.fetch(new Request("http://localhost/"));
    const ok: boolean = verify(new Uint8Array(), sign("body", "secret"), ["secret"]);
    const onEvent = (event: HookwellEvent<"message.read">): string => event.payload.id;
    const codeOf = (error: unknown): string => (error instanceof HookwellError ? error.code : "");
    // @ts-expect-error a secret is a text
    await createReceiver({ secret: 1 });
    // @ts-expect-error the port is that of one's own server
    await createReceiver({ secret: "s", port: 3000 });
    console.log(answer, ok, onEvent, codeOf);
  `;

/** What the compiler says of a program that uses the package. */
async function mistakesIn(program: string, { lib }: { readonly lib: readonly string[] }): Promise<string> {
  await writeFile(join(project.path, "program.ts"), program);
  const options = {
    target: "es2024",
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    noEmit: true,
    lib,
  };
  const config = { compilerOptions: { ...options, types: ["node"] }, files: ["program.ts"] };
  await writeFile(join(project.path, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");

  return run(process.execPath, [compiler, "-p", "."], { cwd: project.path, env }).then(
    () => "",
    (error: { readonly stdout: string }) => error.stdout,
  );
}
