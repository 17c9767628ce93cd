/**
 * Control characters, line and paragraph separators, marks that turn the direction of text around, and halves of
 * characters: what can move the cursor, colour the screen or make text look like another.
 */
const unprintable = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\ufeff]/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text from outside, made safe for a terminal: on one line, and without anything that acts on it. */
export function printable(text: string): string {
  return text.replace(unprintable, (found) => short[found] ?? escape(found));
}

/** The same for text of several lines: line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(unprintable, (found) => (found === "\n" || found === "\t" ? found : escape(found)));
}

/**
 * The same for JSON, which stays the same to a program: these characters stand only in strings, where JSON knows their
 * escapes. Between tokens it may have line breaks and tabs, which stay, and returns, which become spaces.
 */
export function printableJson(json: string): string {
  return json.replace(unprintable, (found) =>
    found === "\r" ? " " : found === "\n" || found === "\t" ? found : escape(found),
  );
}

const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
