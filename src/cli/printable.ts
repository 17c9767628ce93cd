/**
 * Control characters, line and paragraph separators, marks that turn the direction of text around, and halves of
 * characters: what can move the cursor, colour the screen or make text look like another.
 */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text from outside, made safe for a terminal: on one line, and without anything that acts on it. */
export function printable(text: string): string {
  return text.replace(unprintable, (found) => short[found] ?? escape(found));
}

/** The same for text of several lines: line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(unprintable, (found) => (found === "\n" || found === "\t" ? found : escape(found)));
}

const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\ufe0f/u;
const empty = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;
// oxlint-disable-next-line no-control-regex -- the whole of ASCII
const ascii = /^[\u0000-\u007f]*$/;
// oxlint-disable-next-line no-control-regex -- an escape sequence begins with one
const styling = /\u001b\[[\d;]*m/g;
const segmenter = new Intl.Segmenter("en");

/** What a reader takes for characters. */
function charactersOf(text: string): readonly string[] {
  return ascii.test(text) ? text.split("") : Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns that a text takes in a terminal; styling takes none. */
export function widthOf(text: string): number {
  const plain = text.replace(styling, "");
  if (ascii.test(plain)) return plain.length;
  return charactersOf(plain).reduce((sum, character) => sum + widthOfOne(character), 0);
}

function widthOfOne(character: string): number {
  if (wide.test(character)) return 2;
  return empty.test(character) ? 0 : 1;
}

/** Cuts the middle out of a text that is too wide, for ids, whose ends tell them apart. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const characters = charactersOf(text);
  const left = Math.ceil((width - 1) / 2);
  const end = asMany(characters.toReversed(), width - 1 - left).toReversed();
  return [...asMany(characters, left), "…", ...end].join("");
}

/** Cuts the end off a text that is too wide. */
export function cutEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return [...asMany(charactersOf(text), width - 1), "…"].join("");
}

/** As many of the first characters as fit. */
function asMany(characters: readonly string[], width: number): string[] {
  let used = 0;
  const end = characters.findIndex((character) => (used += widthOfOne(character)) > width);
  return characters.slice(0, end === -1 ? undefined : end);
}

/** Fills up with spaces. */
export function pad(text: string, width: number, side: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return side === "left" ? text + space : space + text;
}
