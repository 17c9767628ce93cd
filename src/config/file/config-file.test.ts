import { execFile } from "node:child_process";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { configFolder, problemsOf } from "../../../test/support/program/config-folder.ts";
import { shortPath } from "../../lib/short-path.ts";

const run = promisify(execFile);

const folder = configFolder();
const { load, write } = folder;

/** Root may read everything. */
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

/** What loading says to Node without a test runner in between, which would read the modules itself. */
async function toldInAProcess(configFile?: string, user?: number): Promise<string> {
  const flags = configFile === undefined ? {} : { configFile };
  const script = `
    const { loadConfig } = await import(${JSON.stringify(import.meta.resolve("../load-config.ts"))});
    // Only now, since another user may not be let into the folder in which that is.
    ${user === undefined ? "" : `process.setuid(${user});`}
    await loadConfig({ env: {}, flags: ${JSON.stringify(flags)}, cwd: process.cwd() }).catch((e) => console.log(e.message));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: folder.path,
  });
  return stdout;
}

describe("the configuration file", () => {
  test("a module gives handlers and settings", async () => {
    await write(
      "hookwell.config.mjs",
      'export default { port: 4, handlers: { "message.*": async () => {} } };',
    );

    const config = await load();

    expect(config.port).toBe(4);
    expect(Object.keys(config.handlers)).toEqual(["message.*"]);
  });

  test("TypeScript is read as it is", async () => {
    await write("hookwell.config.ts", "const port: number = 5;\nexport default { port };");

    const config = await load();

    expect(config.port).toBe(5);
  });

  test("rules of families are taken over", async () => {
    const rule = { family: "order", id: ["payload.id"], state: null };
    await write("hookwell.config.json", JSON.stringify({ families: { "order.*": rule } }));

    const config = await load();

    expect(config.families).toEqual({ "order.*": rule });
  });

  test("null in a file is as good as nothing", async () => {
    await write(
      "hookwell.config.json",
      '{ "port": null, "handlers": null, "families": null, "secrets": null }',
    );

    expect(await load()).toMatchObject({ port: 3_000, handlers: {}, families: {}, secrets: [] });
  });

  test("the mark that some editors put at the beginning of a file is passed over", async () => {
    await write("hookwell.config.json", '\ufeff{ "port": 4 }');

    expect((await load()).port).toBe(4);
  });

  test("a file that was read leaves nothing behind in the process", async () => {
    await write("hookwell.config.mjs", "export default {};");
    const before = process.listenerCount("beforeExit");

    await load();

    expect(process.listenerCount("beforeExit")).toBe(before);
  });

  test.for<[rule: unknown, problem: RegExp]>([
    ["order", /^families\["a\.\*"\] in \S+ is not a rule: write/],
    [
      { id: ["id"], state: "entity", stat: null },
      /\.stat in \S+ is not part of a rule\. Did you mean state\?$/,
    ],
    [{ id: ["id"], state: null, revisions: 1 }, /\.revisions in \S+ is not part of a rule\. Remove it\.$/],
    [{ id: ["id"], state: null, family: "a:b" }, /\.family in \S+ is not usable/],
    [{ id: ["id"], state: null, family: "a b" }, /\.family in \S+ is not usable/],
    [{ id: ["id"], state: null, family: 7 }, /\.family in \S+ is not usable/],
    [{ id: "id", state: null }, /\.id in \S+ is not usable/],
    [{ id: [""], state: null }, /\.id in \S+ is not usable/],
    [{ id: [7], state: null }, /\.id in \S+ is not usable/],
    [
      { id: ["payload.items[0].id"], state: null },
      /\.id in \S+ is not usable: .* no index such as \[0\] in them/,
    ],
    [
      { id: ["id"], state: ["payload.items[0]"] },
      /\.state in \S+ is not usable: .* no index such as \[0\] in them/,
    ],
    [{ id: ["id"], state: "other" }, /\.state in \S+ is not usable/],
    [{ id: ["id"] }, /\.state in \S+ is not usable/],
  ])("%j is no rule of a family", async ([rule, problem]) => {
    await write("hookwell.config.json", JSON.stringify({ families: { "a.*": rule } }));

    expect(await problemsOf(load())).toEqual([expect.stringMatching(problem)]);
  });

  test("a function and a rule under what is no pattern are mistakes", async () => {
    await write(
      "hookwell.config.mjs",
      'export default { handlers: { "*.a": () => {} }, families: { "*.b": { id: ["id"], state: ["id"] } } };',
    );

    expect(await problemsOf(load())).toEqual([
      expect.stringMatching(/^"\*\.a" in handlers of hookwell\.config\.mjs is not a pattern/),
      expect.stringMatching(/^"\*\.b" in families of hookwell\.config\.mjs is not a pattern/),
    ]);
  });

  test.for([
    ["broken.json", '{\n  "port": 1,\n}', "broken.json:3:1 is not valid JSON: correct it there."],
    ["thrower.mjs", '\nthrow new Error("no database.\\nhidden");', /^thrower\.mjs:2 throws: no database\.$/],
    ["silent.mjs", "throw new TypeError();", /^silent\.mjs:1 throws: TypeError\.$/],
    ["bare.mjs", 'throw Object.assign(new Error("no"), { stack: "" });', /^bare\.mjs throws: no\.$/],
    ["text.mjs", 'throw "no";', "text.mjs throws something that is not an error: no."],
    ["nothing.mjs", "export const port = 1;", "nothing.mjs has no default export: write export default"],
    ["list.json", "[]", 'list.json does not give a plain object: write { "port": 3000 }.'],
    ["map.mjs", "export default new Map();", "map.mjs does not give a plain object: write export default"],
    [
      "importer.mjs",
      'import "not-there";',
      "importer.mjs cannot be loaded: Cannot find package 'not-there'.",
    ],
  ] as const)("%s is one clear sentence", async ([name, text, sentence]) => {
    await write(name, text);

    const problems = await problemsOf(load({ flags: { configFile: name } }));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
  });

  test("a module that throws may load later; one that cannot be read never does", async () => {
    await write("thrower.mjs", "throw Object.assign(new Error('no database'), { code: 'ECONNREFUSED' });");
    await write("importer.mjs", 'import "not-there";');
    const failed = (configFile: string): Promise<unknown> => load({ flags: { configFile } }).catch((e) => e);

    expect(await failed("thrower.mjs")).toMatchObject({ mayPass: true });
    expect(await failed("importer.mjs")).toMatchObject({ mayPass: false });
    const withMistake = load({ flags: { configFile: "thrower.mjs", port: "x" } });
    await expect(withMistake).rejects.toMatchObject({ mayPass: false });
  });

  test.each([
    ["./handlers", "handlers.ts"],
    ["./handlers.js", "handlers.ts"],
    ["./plain", "plain.js"],
  ])("an import of %s tells that %s is there", async (imported, file) => {
    await write(file, "export const handlers = {};");
    await write("hookwell.config.ts", `import ${JSON.stringify(imported)}; export default {};`);

    const said = await toldInAProcess("hookwell.config.ts");

    expect(said).toContain(`/${imported.slice(2)}'. There is ${file}: import it by its whole name.\n`);
  });

  test.each([
    ["an enum", "enum Channel { sms }", "Node only removes types: write it in JavaScript"],
    [
      "a parameter property",
      "class Shop { constructor(private url: string) {} }",
      "Node only removes types: write it in JavaScript",
    ],
    ["a type that is not marked", 'import { Handler } from "hookwell";', "as in import { type Handler }"],
    ["a path of tsconfig.json", 'import "@/lib/shop";', "Node does not read the paths of tsconfig.json"],
    [
      "a path of tsconfig.json with ~",
      'import "~/lib/shop";',
      "Node does not read the paths of tsconfig.json",
    ],
    [
      "a name that package.json lacks",
      'import "#lib/shop";',
      /cannot be loaded: .* "#lib\/shop" is not defined/,
    ],
    [
      "a package that is not there",
      'import "not-there";',
      "Install it; if it is a file, write ./ before its path.",
    ],
    ["JSON", 'import data from "./data.json";', 'Write with { type: "json" } behind the path.'],
    ["the folder as in CommonJS", "console.log(__dirname);", "Write import.meta.dirname."],
    ["the file as in CommonJS", "console.log(__filename);", "Write import.meta.filename."],
  ])("what is usual where TypeScript is compiled is told with the cure: %s", async (_what, text, cure) => {
    await write("data.json", "{}");
    await write("hookwell.config.ts", `${text}\nexport default {};`);

    const said = await toldInAProcess();

    expect(said).toMatch(/^hookwell\.config\.ts(:1)? (has a syntax error|cannot be loaded|throws): /);
    expect(said).toMatch(cure);
    expect(said.trim().split("\n")).toHaveLength(1);
  });

  test.each(["new Map([['*', () => {}]])", "Promise.resolve({ '*': () => {} })"])(
    "what would be passed over in silence is a mistake: %s",
    async (value) => {
      await write(
        "hookwell.config.mjs",
        `export default { handlers: ${value}, families: ${value}, secrets: ${value} };`,
      );

      const problems = await problemsOf(load());

      expect(problems.map((problem) => problem.replace(/:.*/, ""))).toEqual([
        "secrets in hookwell.config.mjs is not a plain object",
        "handlers in hookwell.config.mjs is not a plain object",
        "families in hookwell.config.mjs is not a plain object",
      ]);
    },
  );

  test("handlers may be the fields of an instance, while its methods would be passed over", async () => {
    await write(
      "fields.mjs",
      'class Handlers { "message.sent" = () => {}; }\nexport default { handlers: new Handlers() };',
    );
    await write(
      "methods.mjs",
      'class Handlers { "message.read" = () => {}; "message.sent"() {} }\nexport default { handlers: new Handlers() };',
    );

    expect(Object.keys((await load({ flags: { configFile: "fields.mjs" } })).handlers)).toEqual([
      "message.sent",
    ]);
    const [problem] = await problemsOf(load({ flags: { configFile: "methods.mjs" } }));
    expect(problem).toContain("handlers in methods.mjs is not a plain object");
  });

  test("handlers may be all that another module exports", async () => {
    await write("handlers.mjs", 'const sent = () => {};\nexport { sent as "message.sent" };');
    await write(
      "hookwell.config.mjs",
      'import * as handlers from "./handlers.mjs";\nexport default { handlers };',
    );

    expect(Object.keys((await load()).handlers)).toEqual(["message.sent"]);
  });

  test("Node itself finds hookwell, and tells file and line of a syntax error", async () => {
    await write("broken.mjs", "export default {\n  port: ;\n};");
    await write("broken.ts", "\n\nexport default { port: };");
    await write("importer.mjs", 'import "./broken.mjs";\nexport default {};');
    await write("thrower.mjs", '\nthrow new Error("no database");');
    await write(
      "typed.ts",
      'import { defineConfig } from "hookwell";\nexport default defineConfig({ port: "x" });',
    );
    const script = `
      const { loadConfig } = await import(${JSON.stringify(import.meta.resolve("../load-config.ts"))});
      for (const configFile of ["broken.mjs", "broken.ts", "importer.mjs", "thrower.mjs", "typed.ts"]) {
        await loadConfig({ env: {}, flags: { configFile }, cwd: process.cwd() }).catch((e) => console.log(e.message));
      }`;

    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: folder.path,
    });

    expect(stdout.trim().split("\n")).toEqual([
      "broken.mjs:2 has a syntax error: Unexpected token ';'.",
      "broken.ts:3 has a syntax error: Expression expected.",
      "importer.mjs, or a file that it imports, has a syntax error: Unexpected token ';'.",
      "thrower.mjs:2 throws: no database.",
      'port in typed.ts is "x": write a whole number from 0 to 65,535.',
    ]);
  });

  test.each([
    'import { defineConfig } from "hookwell";\nexport default defineConfig({});',
    "export default {};",
  ])("a module in a folder of CommonJS is told with the cure: %s", async (text) => {
    await write("package.json", '{ "type": "commonjs" }');
    await write("hookwell.config.ts", text);

    expect(await toldInAProcess()).toMatch(/^hookwell\.config\.ts is read as CommonJS.*"type": "module"/);
  });

  test.each([
    ["hookwell.config.mts", "lib/all.ts", /^lib[\\/]all\.ts is read as CommonJS.*"type": "module".*all\.mts/],
    [
      "hookwell.config.mts",
      "my lib/all.js",
      /^my lib[\\/]all\.js is read as CommonJS.*or name it all\.mjs\.$/m,
    ],
    [
      "hookwell.config.mts",
      "lib/all.cts",
      /^lib[\\/]all\.cts is read as CommonJS, as its name says: .*all\.mts/,
    ],
    [
      "hookwell.config.mts",
      "node_modules/all/index.js",
      /^hookwell\.config\.mts, or a file that it imports, has a syntax error/,
    ],
  ])("a module of %s that is taken for CommonJS is named itself: %s", async (config, module, message) => {
    await mkdir(join(folder.path, dirname(module)), { recursive: true });
    await write(join(dirname(module), "package.json"), '{ "type": "commonjs" }');
    await write(module, 'import "node:fs";\nexport default {};');
    await write(config, `import handlers from "./${module}";\nexport default { handlers };`);

    expect(await toldInAProcess()).toMatch(message);
  });

  test("a file that waits for what never comes is told of, and the process does not just end", async () => {
    await write("hookwell.config.mjs", "await new Promise(() => {}); export default {};");

    const told = await toldInAProcess().catch((ended: unknown) => String(ended));

    expect(told).toBe("hookwell.config.mjs never finishes loading: it awaits something that never comes.\n");
  });

  test("a file that is named but not there is a mistake", async () => {
    const problems = await problemsOf(load({ flags: { configFile: "gone.ts" } }));

    expect(problems).toEqual(["gone.ts does not exist: write the path of an existing file."]);
  });

  test.each([
    ["a-folder.json", " is a folder: write the path of a file.\n"],
    ["a-folder.ts", " is a folder: write the path of a file.\n"],
    ["closed.json", " cannot be read: let this user read it, or name another file.\n"],
    ["closed.mjs", " cannot be read: let this user read it, or name another file.\n"],
    ["settings.yaml", " is not read: name a file that ends with .ts, .mts, .js, .mjs or .json.\n"],
    ["a-link.yaml", " is not read: name a file that ends with .ts, .mts, .js, .mjs or .json.\n"],
  ])("%s, which is named, is a mistake", async (name, says) => {
    const path = join(folder.path, name);
    if (name.startsWith("a-folder")) await mkdir(path);
    else if (name.startsWith("a-link")) {
      await write("else.yaml", "");
      await symlink(join(folder.path, "else.yaml"), path);
    } else await write(name, "export default {};");
    if (isRoot) await chmod(folder.path, 0o755);
    if (name.startsWith("closed")) await chmod(path, 0);

    expect(await toldInAProcess(name, isRoot ? nobody : undefined)).toBe(`${name}${says}`);
  });

  test.each(["cjs", "cts", "jsx", "tsx", "yaml", "yml", "toml"])(
    "one that is not read is a mistake: .%s",
    async (extension) => {
      await write(`hookwell.config.${extension}`, "module.exports = {};");

      expect(await problemsOf(load())).toEqual([
        `hookwell.config.${extension} is not read: name it hookwell.config.ts, .mts, .js, .mjs or .json.`,
      ]);
      await write("hookwell.config.mjs", "export default {};");
      expect((await load()).configFile).toMatch(/mjs$/);
    },
  );

  test.for([
    ["/a/b", "/a", "b"],
    ["/a/..b", "/a", "..b"],
    ["/a", "/a", "/a"],
    ["/a", "/a/b", "/a"],
    ["/b", "/a/b", "/b"],
  ] as const)("%s is shown to a person in %s as %s", ([path, cwd, shown]) => {
    expect(shortPath(path, cwd)).toBe(shown);
  });

  test("two files are a mistake", async () => {
    await write("hookwell.config.ts", "export default {};");
    await write("hookwell.config.json", "{}");

    const problems = await problemsOf(load());

    expect(problems[0]).toContain("hookwell.config.ts and hookwell.config.json are both here");
  });
});
