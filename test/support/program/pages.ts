import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./built.ts";
import { blocksOf, type Block } from "../markdown.ts";

/** Pages whose blocks are run or checked. */
export const pages: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export const blocks = (page: string): readonly Block[] =>
  blocksOf(readFileSync(join(root, page), "utf8"), page);

/** Blocks that are to be pasted into a shell and succeed, one after the other. */
export function pastable(page: string): string {
  const shell = blocks(page).filter(({ language, marks }) => language === "sh" && marks.has("test"));
  return shell
    .filter(({ marks }) => !marks.has("exit"))
    .map(({ text }) => text)
    .join("\n");
}

/** The block of a page that is the file of this name. */
export function fileIn(page: string, name: string): string {
  const found = blocks(page).find(({ marks }) => marks.get("file") === name);
  if (found === undefined) throw new Error(`${page} has no block of the file ${name}.`);
  return found.text;
}
