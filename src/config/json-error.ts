/** Line and column of a place in a text, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const token =
  // oxlint-disable-next-line no-control-regex -- JSON text may not hold them
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w))/y;

/** What may come next: a value, a member's name, a colon, a comma or the end of what is open. */
type Expected = "value" | "value or ]" | "name" | "name or }" | "colon" | "comma or close";

/**
 * Where a text stops being JSON. The parser's own message often lacks the place and quotes the text, which may hold
 * secrets.
 *
 * @returns undefined if the text is JSON
 */
export function jsonErrorPlace(text: string): Place | undefined {
  const open: string[] = [];
  let expected: Expected = "value";
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const found = token.exec(text);
    const done = expected === "comma or close" && open.length === 0;
    if (found === null || done) return done && text.slice(at).trim() === "" ? undefined : placeOf(text, at);
    const next = advance(expected, found[1], found[2] !== undefined, open);
    if (next === undefined) return placeOf(text, at);
    expected = next;
    at = token.lastIndex;
  }
}

/** The grammar: what may come after this token, or undefined if it may not stand here. Keeps `open` up to date. */
function advance(
  expected: Expected,
  mark: string | undefined,
  isText: boolean,
  open: string[],
): Expected | undefined {
  if (mark === undefined && expected.startsWith("name")) return isText ? "colon" : undefined;
  if (mark === undefined) return expected.startsWith("value") ? "comma or close" : undefined;
  if (mark === "{" || mark === "[") {
    if (!expected.startsWith("value")) return undefined;
    open.push(mark === "{" ? "}" : "]");
    return mark === "{" ? "name or }" : "value or ]";
  }
  if (mark === ":") return expected === "colon" ? "value" : undefined;
  if (mark === "," && expected === "comma or close") return open.at(-1) === "}" ? "name" : "value";
  const closes = open.at(-1) === mark && (expected === "comma or close" || expected.endsWith(` or ${mark}`));
  if (!closes) return undefined;
  open.pop();
  return "comma or close";
}

function placeOf(text: string, at: number): Place {
  const [space = ""] = /^\s*/.exec(text.slice(at)) ?? [];
  const before = text.slice(0, at + space.length).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
