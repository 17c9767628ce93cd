/** Text that stands in a header as it is: printable ASCII without a space at an end or a %, which begins an escape. */
const plain = /^[\x21-\x24\x26-\x7e](?:[\x20-\x24\x26-\x7e]*[\x21-\x24\x26-\x7e])?$/;
/** What is escaped. Spaces only at the ends, where servers and clients cut them off. */
const odd = /^ +| +$|[^\x20-\x24\x26-\x7e]+/g;

/** A text as the value of a header: usual ones as they are, others with %XX as in a URL. */
export function headerValue(text: string): string {
  return plain.test(text) ? text : text.replace(odd, (run) => encodeURIComponent(run));
}

/** The text of a header's value. @throws {URIError} if we did not write it */
export function headerText(value: string): string {
  if (!value.includes("%")) return value;
  return value.replace(/(?:%[0-9A-F]{2})+/g, (bytes) => decodeURIComponent(bytes));
}

/**
 * An event name as the end of a subject: `message.delivered` stays as it is; what a subject cannot hold becomes `_`, and
 * so does the nothing between two dots or at an end.
 */
export const subjectTokens = (name: string): string =>
  name.slice(0, 128).replace(/[^\w.-]|(?<=^|\.)(?=\.|$)/g, "_");
