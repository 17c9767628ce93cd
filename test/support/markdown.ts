/** A fenced block of a page. */
export interface Block {
  /** The first word behind the fence. */
  readonly language: string;
  /** The other words: `test`, or `exit=1` as a key and a value. */
  readonly marks: ReadonlyMap<string, string>;
  readonly text: string;
  /** File and line, for messages. */
  readonly at: string;
}

const fence = /^(?<indent> *)```(?<language>\S*)(?<info>.*)\n(?<text>[^]*?)^\k<indent>```$/gm;

/** The fenced blocks of a page, in order. A block inside a list loses its indentation. */
export function blocksOf(page: string, file: string): readonly Block[] {
  return Array.from(page.matchAll(fence), ({ index, groups = {} }) => {
    const { indent = "", language = "", info = "", text = "" } = groups;
    return {
      language,
      marks: new Map(info.trim().split(/\s+/).map(markOf)),
      text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      at: `${file}:${page.slice(0, index).split("\n").length}`,
    };
  });
}

function markOf(word: string): readonly [string, string] {
  const [key = "", value = ""] = word.split("=", 2);
  return [key, value];
}
