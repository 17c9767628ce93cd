import { jsonTokens } from "../../lib/json-tokens.ts";

/** The same JSON as another printer writes it. */
export interface PrintedForm {
  /** For people: how it is printed. */
  readonly label: string;
  readonly text: string;
}

/** How a printer sets its tokens. */
interface Layout {
  readonly label: string;
  /** One level of indentation; `null` if all is on one line. */
  readonly indent: string | null;
  readonly comma: string;
  readonly colon: string;
}

const layouts: readonly Layout[] = [
  { label: "compact, as JSON.stringify prints it", indent: null, comma: ",", colon: ":" },
  {
    label: "with a space after each comma and colon, as Python prints it",
    indent: null,
    comma: ", ",
    colon: ": ",
  },
  { label: "indented by 2 spaces", indent: "  ", comma: ",", colon: ": " },
  { label: "indented by 4 spaces", indent: "    ", comma: ",", colon: ": " },
  { label: "indented by tabs", indent: "\t", comma: ",", colon: ": " },
];

/** How a printer writes strings: `write` turns a JSON string literal into its own for the same string. */
interface Escapes {
  readonly label: string;
  readonly write: (literal: string) => string;
}

const escapes: readonly Escapes[] = [
  { label: "", write: (literal) => literal },
  { label: ", without needless escapes", write: plain },
  { label: ", with non-ASCII characters escaped", write: (literal) => ascii(plain(literal)) },
  { label: ", with `/` escaped as `\\/`", write: (literal) => slashed(plain(literal)) },
  {
    label: ", with non-ASCII characters and `/` escaped, as PHP does",
    write: (literal) => ascii(slashed(plain(literal))),
  },
  {
    label: ", with `<`, `>` and `&` escaped, as Go does",
    write: (literal) => escaped(plain(literal), /[<>&\u2028\u2029]/g),
  },
  { label: ", escaped as .NET does", write: dotNet },
];

/** No form is longer than this, in characters: indented, deep nesting grows with its square. */
const maxLength = 16 * 1024 * 1024;

/**
 * A JSON text in the forms that the usual printers give it. Numbers, the order of keys and repeated keys stay as
 * they are, but for the last forms, which are what JavaScript makes of the values.
 *
 * @param text must be valid JSON
 */
export function* printedForms(text: string): Generator<PrintedForm> {
  const tokens = Array.from(jsonTokens(text), (token) => token.text);
  for (const { label, write } of escapes) {
    const written = tokens.map((token) => (token.startsWith('"') ? write(token) : token));
    if (label !== "" && written.every((token, index) => token === tokens[index])) continue;
    for (const layout of layouts) {
      const printed = print(written, layout);
      if (printed !== undefined) yield { label: layout.label + label, text: printed };
    }
  }
  yield* valueForms(text);
}

function* valueForms(text: string): Generator<PrintedForm> {
  for (const indent of [0, 2, 4]) {
    const printed = stringify(text, indent);
    if (printed === undefined) return;
    yield { label: `as JavaScript prints its values, indented by ${indent} spaces`, text: printed };
  }
}

function print(tokens: readonly string[], { indent, comma, colon }: Layout): string | undefined {
  let text = "";
  let depth = 0;
  const newLine = (): string => (indent === null ? "" : `\n${indent.repeat(depth)}`);
  for (const [index, token] of tokens.entries()) {
    const afterOpening = isOpening(tokens[index - 1]);
    if (token === "}" || token === "]") {
      depth -= 1;
      text += afterOpening ? token : newLine() + token;
    } else {
      if (afterOpening) text += newLine();
      text += token === "," ? comma + newLine() : token === ":" ? colon : token;
      if (isOpening(token)) depth += 1;
    }
    if (text.length > maxLength) return undefined;
  }
  return text;
}

function isOpening(token: string | undefined): boolean {
  return token === "{" || token === "[";
}

function stringify(text: string, indent: number): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), null, indent);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // nested too deep for it
    throw error;
  }
}

function plain(literal: string): string {
  return JSON.stringify(JSON.parse(literal));
}

function slashed(literal: string): string {
  return literal.replaceAll("/", "\\/");
}

function ascii(literal: string): string {
  return escaped(literal, /[\u007f-\uffff]/g);
}

function dotNet(literal: string): string {
  const quotes = plain(literal).replace(/\\./g, (pair) => (pair === '\\"' ? "\\u0022" : pair));
  return escaped(quotes, /[&'+<>`\u007f-\uffff]/g, (hex) => hex.toUpperCase());
}

function escaped(literal: string, characters: RegExp, spell: (hex: string) => string = (hex) => hex): string {
  return literal.replace(characters, (character) => {
    return `\\u${spell(character.charCodeAt(0).toString(16).padStart(4, "0"))}`;
  });
}
