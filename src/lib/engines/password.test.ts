import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { parseEngineUrl } from "./engine-url.ts";
import { passwordOf } from "./password.ts";

test("the password is that of the URL, or none", () => {
  expect(passwordOf(parseEngineUrl("redis://me:a%2Fb@host"))?.()).toBe("a/b");
  expect(passwordOf(parseEngineUrl("redis://me@host"))).toBeUndefined();
});

test("a password in a file is read as it is, and anew for each connection; half a renewal is not used", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "password");
  await writeFile(file, "a%2Fb \r\n");
  const password = passwordOf(parseEngineUrl(`amqp://me@host?passwordfile=${file}`));
  const given = [password?.()];

  for (const next of ["", "two\n"]) {
    await writeFile(file, next);
    given.push(password?.());
  }
  await rm(file);
  given.push(password?.());

  expect(given).toEqual(["a%2Fb ", "a%2Fb ", "two", "two"]);
});

test.each([
  ["", /^has \?passwordfile=, which names a file that is empty: write the value into it$/],
  ["hunter2\nname: me\n", /not one line of text/],
  [undefined, /cannot be read \(ENOENT\)/],
])("a file that has %j is told without its text and its path", async (text, why) => {
  await using folder = await tempFolder();
  const file = join(folder.path, "password");
  if (text !== undefined) await writeFile(file, text);

  const reading = (): unknown => passwordOf(parseEngineUrl(`postgres://me@host?passwordfile=${file}`));

  expect(reading).toThrow(RangeError);
  expect(reading).toThrow(why);
  expect(reading).not.toThrow(/hunter2|\/password/);
});
