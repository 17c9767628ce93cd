import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generated } from "../scripts/docs/generated.ts";
import { replaceMarked } from "../scripts/docs/marked.ts";
import { commands, whole } from "../src/cli/commands.ts";
import { settingKeys, settings } from "../src/config/keys.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const namesIn = (folder: string, end: string): readonly string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`);

const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...namesIn("docs", ".md"),
];

test.each(generated)(
  "$name in docs/$file is what `node scripts/docs.ts` writes",
  async ({ file, name, make }) => {
    const page = read(`docs/${file}`);

    expect(page).toBe(replaceMarked(page, name, await make()));
  },
);

test("the page of the command line names every command, and that of settings every setting", async () => {
  const [cli, operate] = [read("docs/cli.md"), read("docs/operate.md")];
  const names = (await Promise.all(commands.map(whole))).flatMap(({ name, commands: inner = [] }) => [
    name,
    ...inner.map((one) => `${name} ${one.name}`),
  ]);

  expect(names.filter((name) => !cli.includes(`\`hookwell ${name}\``))).toEqual([]);
  expect(settingKeys.filter((key) => !operate.includes(`\`${settings[key].env}\``))).toEqual([]);
});

test("commands for RabbitMQ name the virtual host that its page makes: others would change another one, without a word", () => {
  const made = read("docs/engines/rabbitmq.md").match(/rabbitmqctl set_(permissions|policy) .*/g) ?? [];

  expect(made.length).toBeGreaterThan(2);
  expect(made.filter((command) => !command.includes(" -p webhooks "))).toEqual([]);
});

test("every fact that the program logs is explained", () => {
  const facts = namesIn("src", ".ts")
    .filter((name) => !/\.test\.ts$|\/(sandbox|testing)\//.test(name))
    .flatMap((name) => factsOf(read(name)));
  const operate = read("docs/operate.md");

  expect(facts.length).toBeGreaterThan(20);
  expect(facts.filter((fact) => !operate.includes(`\`${fact}\``))).toEqual([]);
});

/** What a source logs: in calls of a log, and by name where a failed call is tried again. */
function factsOf(source: string): readonly string[] {
  const code = source.replaceAll(/^\s*(\*|\/\/).*$/gm, "");
  const found = code.matchAll(
    /(?:log\w*\.\w+\(\s*|, )"([a-z]+\.[a-z_.]+_failed)"|log\w*\.\w+\(\s*"([\w.]+)"/gi,
  );
  return Array.from(found, ([, tried, logged = ""]) => tried ?? logged);
}

test.each(pages)("every link of %s leads somewhere", (page) => {
  const links = Array.from(read(page).matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => target);
  const inside = links.filter((target) => !/^https?:/.test(target));

  expect(inside.filter((target) => !leads(page, target))).toEqual([]);
});

test.each(["ARCHITECTURE.md", "CONTRIBUTING.md"])("every file that %s names is there", (page) => {
  const files = ["src", "test", "bench", "torture", "scripts"].flatMap((folder) => namesIn(folder, ".ts"));
  const named = Array.from(read(page).matchAll(/`([\w/.-]+\.ts)`/g), ([, name = ""]) => name);
  const real = named.filter((name) => !name.includes("/mine/"));

  expect(real.length).toBeGreaterThan(3);
  expect(real.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
});

/** True if a link of a page leads to a file, and its anchor to a heading. */
function leads(page: string, target: string): boolean {
  const [path = "", anchor] = target.split("#", 2);
  const url = path === "" ? new URL(page, root) : new URL(path, new URL(page, root));
  if (!existsSync(url)) return false;
  return anchor === undefined || anchorsOf(readFileSync(url, "utf8")).includes(anchor);
}

function anchorsOf(page: string): readonly string[] {
  const headings = page.matchAll(/^#+ (.+)$/gm);
  return Array.from(headings, ([, text = ""]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
