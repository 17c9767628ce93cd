import { stripVTControlCharacters } from "node:util";

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const empty = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;
// oxlint-disable-next-line no-control-regex -- the whole of ASCII
const ascii = /^[\u0000-\u007f]*$/;
/** Made when it is first needed, which takes 10 ms; most commands write nothing but ASCII. */
let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for characters. */
function charactersOf(text: string): readonly string[] {
  if (ascii.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter("en");
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns that a text takes in a terminal; styling takes none. */
export function widthOf(text: string): number {
  const plain = stripVTControlCharacters(text);
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

/** As many of the first characters as fit, of those that do not all. */
function asMany(characters: readonly string[], width: number): string[] {
  let left = width;
  const end = characters.findIndex((character) => (left -= widthOfOne(character)) < 0);
  return characters.slice(0, end);
}

/** Fills up with spaces. */
export function pad(text: string, width: number, side: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return side === "left" ? text + space : space + text;
}
