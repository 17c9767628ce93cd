import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../../test/support/program/cli.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { testPage, testPageHeaders } from "./test-page.ts";

test("the page names the address at which it was asked for", () => {
  const page = testPage({ path: "/hooks", hostHint: "https://hooks.example.com" });

  expect(page).toContain("<code>https://hooks.example.com/hooks</code>");
  expect(page).toContain("hookwell send message.sent --url https://hooks.example.com/hooks");
});

test.each(['https://a"><script>x</script>', "javascript:alert(1)", "https://a b", "https://"])(
  "a host that is no address (%s) is not repeated",
  (hostHint) => {
    const page = testPage({ path: "/", hostHint });

    expect(page).toContain("hookwell send message.sent --url URL");
    expect(page).not.toMatch(/<script|javascript:|https:\/\/a/);
  },
);

test("each command that it names can be run as it stands", async () => {
  await using folder = await tempFolder();
  // Whoever sees the page has one.
  await mkdir(join(folder.path, ".hookwell"));
  const commands = [
    ...testPage({ path: "/", hostHint: "" }).matchAll(/<dt><code>hookwell ([^<]*)<\/code>/g),
  ].map(([, command]) => command ?? "");

  const wrongUse: string[] = [];
  for (const command of commands) {
    const { code } = await runCli(command.split(" "), { cwd: folder.path });
    if (code === 2) wrongUse.push(command);
  }

  expect(commands).toContain("doctor");
  expect(wrongUse).toEqual([]);
});

test("a path is text, not markup", () => {
  const page = testPage({ path: "/<b>&'\"", hostHint: "http://127.0.0.1:3000" });

  expect(page).toContain("http://127.0.0.1:3000/&lt;b&gt;&amp;&#39;&quot;");
});

test("the one style is allowed by its hash, and nothing else", () => {
  const page = testPage({ path: "/", hostHint: "http://127.0.0.1:3000" });
  const styles = [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, style]) => style ?? "");

  const hashes = styles.map((style) => `'sha256-${createHash("sha256").update(style).digest("base64")}'`);

  expect(testPageHeaders["content-security-policy"]).toContain(`style-src ${hashes.join(" ")};`);
  expect(testPageHeaders["content-security-policy"]).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script| style=| on\w+=|src=|url\(/);
});

test("the page asks for no file from elsewhere", () => {
  const page = testPage({ path: "/", hostHint: "http://127.0.0.1:3000" });

  const links = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link);

  expect(links).toEqual([expect.stringMatching(/^data:image\/svg\+xml,/)]);
});
