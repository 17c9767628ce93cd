import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { thrownAt } from "./thrown-at.ts";

const errorWith = (message: string, ...frames: readonly string[]): Error =>
  Object.assign(new Error(message), {
    stack: [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join("\n"),
  });

const here = (file: string): string => pathToFileURL(join(process.cwd(), file)).href;

test("a thrown error is located in the user's code, relative to where the process runs", () => {
  const error = errorWith(
    "no",
    "node:internal/process/task_queues:103:5",
    `connect (${here("node_modules/pg/lib/client.js")}:7:1)`,
    `async save (${here("hooks/save.ts")}:12:5)`,
    `async Object.handler (${here("hookwell.config.ts")}:30:9)`,
  );

  expect(thrownAt(error)).toBe("hooks/save.ts:12:5");
});

test.each([
  ["a path", "load (/srv/app/load.cjs:3:7)", "/srv/app/load.cjs:3:7"],
  ["a path of Windows", "load (C:\\srv\\app\\load.cjs:3:7)", "C:\\srv\\app\\load.cjs:3:7"],
  ["a package in Windows", "query (C:\\srv\\app\\node_modules\\pg\\lib\\client.js:3:7)", undefined],
  ["no name of a function", "file:///srv/app/load.js:3:7", "/srv/app/load.js:3:7"],
  ["no name of a function that waited", "async file:///srv/app/load.js:3:7", "/srv/app/load.js:3:7"],
  ["a file that was imported anew", "file:///srv/app/load.js?new=1:3:7", "/srv/app/load.js:3:7"],
  ["a folder with a space", "new Store (file:///srv/my%20app/load.js:3:7)", "/srv/my app/load.js:3:7"],
  ["nothing but Hookwell", `call (${here("src/process/runs/handle.ts")}:60:7)`, undefined],
  ["another room of Hookwell", `tx (${here("src/ledger/embedded-ledger.ts")}:31:5)`, undefined],
  ["a file beside Hookwell's code", `handle (${here("hookwell.config.ts")}:30:9)`, "hookwell.config.ts:30:9"],
  ["nothing but Node", "node:fs:1:2", undefined],
])("a frame with %s", (_what, frame, place) => {
  expect(thrownAt(errorWith("no", frame))).toBe(place);
});

test("no word of a message is taken for a place", () => {
  const message = "bad payload:\n    at file:///secret/of/a/person:1:2";
  const changed = errorWith(message, "load (/srv/app/load.js:3:7)");
  changed.message = "other";

  expect(thrownAt(errorWith(message, "load (/srv/app/load.js:3:7)"))).toBe("/srv/app/load.js:3:7");
  expect(thrownAt(changed)).toBeUndefined();
});

test.each([
  ["has none", Object.assign(new Error("no"), { stack: undefined })],
  [
    "throws when it is read",
    Object.defineProperty(new Error("no"), "stack", {
      get: () => {
        throw new Error("mine");
      },
    }),
  ],
])("an error whose stack %s has no place", (_what, error) => {
  expect(thrownAt(error)).toBeUndefined();
});

test("the stack of a handler in a file is understood, also where a builtin function threw", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "handlers.mjs");
  await writeFile(file, 'export const handle = async () => {\n  await null;\n  JSON.parse("{\\n");\n};\n');
  const { handle } = (await import(pathToFileURL(file).href)) as { handle: () => Promise<void> };

  const error = await handle().catch((thrown: unknown) => thrown);

  expect(thrownAt(error as Error)).toBe(`${file}:3:8`);
});
