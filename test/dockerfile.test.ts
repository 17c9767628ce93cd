import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { envOf, root } from "./support/program/built.ts";
import { tempFolder } from "./support/temp-folder.ts";

const run = promisify(execFile);

/** What each stage of the Dockerfile copies out of the repository: sources, and last where they go. */
async function copiesOfStages(): Promise<readonly (readonly string[])[][]> {
  const text = await readFile(join(root, "Dockerfile"), "utf8");
  const stages = text.split(/^FROM /m).slice(1);
  return stages.map((stage) =>
    [...stage.matchAll(/^COPY (?!--from)(.+)$/gm)].map(([, args = ""]) => args.split(" ")),
  );
}

async function copyInto(folder: string, copies: readonly (readonly string[])[]): Promise<void> {
  for (const paths of copies) {
    const target = paths.at(-1) ?? "";
    for (const source of paths.slice(0, -1)) {
      const isInto = target.endsWith("/");
      const to = isInto ? join(folder, target, basename(source)) : join(folder, target);
      await cp(join(root, source), to, { recursive: true });
    }
  }
}

test("what the Dockerfile copies is sent to the builder", async () => {
  const patterns = (await readFile(join(root, ".dockerignore"), "utf8")).split("\n");
  const copied = (await copiesOfStages()).flat().flatMap((paths) => paths.slice(0, -1));
  expect(patterns).toEqual(expect.arrayContaining(["*", ...copied.map((path) => `!${path}`)]));
});

test("what the Dockerfile copies is enough to build the program, and to start it", async () => {
  await using folder = await tempFolder();
  const [build, image] = ["build", "image"].map((name) => join(folder.path, name)) as [string, string];
  const [toBuild = [], toRun = []] = await copiesOfStages();
  const env = envOf({});

  await copyInto(build, toBuild);
  await symlink(join(root, "node_modules"), join(build, "node_modules"));
  await run("npm", ["run", "build"], { cwd: build, env });

  await copyInto(image, toRun);
  for (const made of ["package.json", "dist"])
    await cp(join(build, made), join(image, made), { recursive: true });
  const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies)) {
    const link = join(image, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link);
  }
  const event = { eventId: "1", name: "presence.away", profileId: "p" };
  await writeFile(join(image, "event.json"), JSON.stringify(event));
  const started = run(process.execPath, ["bin/hookwell.js", "receive", "--help"], { cwd: image, env });
  const checked = run(process.execPath, ["bin/hookwell.js", "validate", "event.json"], { cwd: image, env });
  const asked = run(process.execPath, ["deploy/healthcheck.js"], { cwd: image, env: { ...env, PORT: "1" } });

  const [program, schemas, health] = await Promise.allSettled([started, checked, asked]);
  expect(program).toMatchObject({ value: { stdout: expect.stringContaining("hookwell receive") as string } });
  expect(schemas).toMatchObject({ value: { stdout: "✓ 1 event, nothing unusual.\n" } });
  expect(health).toMatchObject({ reason: { stderr: expect.stringContaining("ECONNREFUSED") as string } });
}, 120_000);
