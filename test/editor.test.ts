import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** An editor with a file of this text. */
function editorWith(text: string): ts.LanguageService {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    types: [],
  };
  return ts.createLanguageService({
    fileExists: (name) => ts.sys.fileExists(name),
    readFile: (name) => ts.sys.readFile(name),
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });
}

const file = `${folder}in-the-editor.ts`;

test("editors offer the known names, for a handler and where an event is asked for its name", () => {
  const text = `import { defineConfig } from "../src/config/define-config.ts";
    defineConfig({ handlers: { "*": (event) => event.is("asked"), "named": () => {} } });`;
  const editor = editorWith(text);
  const offered = (at: string): readonly string[] =>
    (editor.getCompletionsAtPosition(file, text.indexOf(at) + 1, {})?.entries ?? []).map(({ name }) => name);

  expect(offered('"asked"')).toEqual(expect.arrayContaining(["message.failed", "chat.closed"]));
  expect(offered('"named"')).toEqual(expect.arrayContaining(["message.failed", "chat.closed"]));
});
