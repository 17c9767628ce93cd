/** So deep may comments be in each other: PostgreSQL sets no limit, a regular expression needs one. */
const depth = 5;
/** A comment in a comment ends before the outer one does, unlike in other languages. */
const comment = Array.from({ length: depth }).reduce<string>(
  (inner) => String.raw`/\*(?:${inner}|(?!/\*|\*/).)*(?:\*/|$)`,
  "(?!)",
);

/** Parts that are not statements: texts, names in quotes, bodies of functions, comments. */
const opaque = new RegExp(
  [
    /\be'(?:[^'\\]|\\.|'')*'/,
    /'(?:[^']|'')*'/,
    /"(?:[^"]|"")*"/,
    /(?<![\w$])\$(?<tag>(?:[a-z_]\w*)?)\$.*?\$\k<tag>\$/,
    /--[^\n]*/,
  ]
    .map(({ source }) => source)
    .concat(comment)
    .join("|"),
  "gis",
);

const control = /^(?:begin|start\s+transaction|commit|end|rollback|abort|prepare\s+transaction)\b/i;
/** Allowed: a handler may take back a part of what it did. */
const partial = /^rollback\s+(?:(?:work|transaction)\s+)?to\b/i;
/** The body of a function, whose `end` is another word. */
const atomicBody = /\bbegin\s+atomic\b/i;

/** The words of this SQL that would begin or end a transaction; undefined if there are none, or the SQL hides them. */
export function transactionControlIn(sql: string): string | undefined {
  const statements = sql.replaceAll(opaque, " ");
  if (atomicBody.test(statements)) return undefined;
  for (const statement of statements.split(";")) {
    const trimmed = statement.trim();
    const words = control.exec(trimmed)?.[0];
    if (words !== undefined && !partial.test(trimmed)) return words;
  }
  return undefined;
}
