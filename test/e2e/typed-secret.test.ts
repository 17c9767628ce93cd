import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { readSecrets } from "../../src/config/secrets/secrets.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { envOf, program } from "../support/program/built.ts";
import { endChild } from "../support/servers/end-child.ts";
import { hasPython, python } from "../support/servers/python.ts";
import { tempFolder } from "../support/temp-folder.ts";

const typed = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";

interface Typing extends AsyncDisposable {
  readonly type: (text: string) => void;
  /** What the terminal shows. */
  readonly screen: () => string;
  readonly exited: Promise<number>;
}

/** `hookwell secret add` in a terminal, where it waits for somebody to type the value. */
async function addInTerminal(folder: string, env: Record<string, string> = {}): Promise<Typing> {
  const inTerminal = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
  const args = ["-c", inTerminal, process.execPath, program, "secret", "add", "typed", "--stdin"];
  const child = spawn(python, [...args, "--data", folder], {
    env: envOf(env),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const shown: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => shown.push(chunk));
  const screen = (): string => Buffer.concat(shown).toString("utf8");
  const exited = once(child, "close").then(([code]) => code as number);
  await eventually(() => expect(screen()).toMatch(/then Enter: $/));
  return {
    type: (text) => void child.stdin.write(text),
    screen,
    exited,
    [Symbol.asyncDispose]: () => endChild(child, "SIGKILL"),
  };
}

test.skipIf(!hasPython("pty"))("a terminal does not show the secret that is typed", async () => {
  await using folder = await tempFolder();
  await using terminal = await addInTerminal(folder.path);

  terminal.type(`${typed.slice(0, 8)}x\x7f${typed.slice(8)}\r`);

  expect(await terminal.exited).toBe(0);
  expect(await readSecrets(folder.path)).toMatchObject([{ name: "typed", value: typed }]);
  expect(terminal.screen()).toMatch(/^Value of the secret, .*: \r\n✓ Added "typed"\..*\r\n$/);
});

test.skipIf(!hasPython("pty"))("a terminal does not show it after Ctrl-Z either", async () => {
  await using folder = await tempFolder();
  await using terminal = await addInTerminal(folder.path);

  terminal.type("\x1a");
  terminal.type(`${typed}\r`);

  expect(await terminal.exited).toBe(0);
  expect(await readSecrets(folder.path)).toMatchObject([{ name: "typed", value: typed }]);
  expect(terminal.screen()).not.toContain(typed.slice(1));
});

test.skipIf(!hasPython("pty"))(
  "a terminal that corrects nothing does not put the keys into the secret",
  async () => {
    await using folder = await tempFolder();
    await using terminal = await addInTerminal(folder.path, { TERM: "dumb" });

    terminal.type(`${typed}x\x7f\r`);

    expect(await terminal.exited).toBe(2);
    expect(terminal.screen()).toContain("control character");
    expect(await readSecrets(folder.path)).toEqual([]);
  },
);

test.skipIf(!hasPython("pty")).for([
  ["Ctrl-C", "\x03", 130, /: \r\n$/],
  ["Ctrl-D", "\x04", 2, /: \r\n✗ The value is empty/],
] as const)("%s in the place of a secret adds none", async ([, key, code, said]) => {
  await using folder = await tempFolder();
  await using terminal = await addInTerminal(folder.path);

  terminal.type(key);

  expect(await terminal.exited).toBe(code);
  expect(terminal.screen()).toMatch(said);
  expect(await readSecrets(folder.path)).toEqual([]);
});
