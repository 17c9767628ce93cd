import * as fc from "fast-check";

/** JSON as nobody prints it and `JSON.parse` takes it: white space anywhere, any escape, repeated and odd keys. */

const space = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(" ", "\t", "\r", "\n"), maxLength: 3 }) },
);

const hex4 = fc.string({ unit: fc.constantFrom(..."0189abefABEFdD".split("")), minLength: 4, maxLength: 4 });

const character = fc.oneof(
  fc.constantFrom(..."abcxyz019 {}[],:/-+.\u007f".split("")),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).map((text) => JSON.stringify(text).slice(1, -1)),
  fc.constantFrom('\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"),
  hex4.map((digits) => `\\u${digits}`),
);

const stringText = fc.array(character, { maxLength: 8 }).map((parts) => `"${parts.join("")}"`);

const digits = fc.string({ unit: fc.constantFrom(..."0123456789".split("")), minLength: 1, maxLength: 25 });
const some = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(""), text);
const numberText = fc
  .tuple(
    some(fc.constant("-")),
    fc.oneof(
      fc.constant("0"),
      fc.nat().map(String),
      digits.map((text) => `1${text}`),
    ),
    some(digits.map((text) => `.${text}`)),
    some(fc.tuple(fc.constantFrom("e", "E", "e+", "E-"), digits).map(([e, text]) => e + text.slice(0, 4))),
  )
  .map((parts) => parts.join(""));

/** The text of a key as it may stand in JSON: as it is, or with one of its characters escaped. */
function spelled(key: string): fc.Arbitrary<string> {
  const plain = JSON.stringify(key);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(plain) },
    { weight: 1, arbitrary: fc.nat(Math.max(0, key.length - 1)).map((at) => escapedAt(key, at)) },
  );
}

function escapedAt(key: string, at: number): string {
  const code = key.charCodeAt(at).toString(16).padStart(4, "0");
  const part = (text: string): string => JSON.stringify(text).slice(1, -1);
  return key === "" ? '""' : `"${part(key.slice(0, at))}\\u${code}${part(key.slice(at + 1))}"`;
}

/** An object whose keys are often some of `keys`, at every depth. */
export function objectText(keys: readonly string[]): fc.Arbitrary<string> {
  return textsOf(keys).object;
}

/** Any JSON value. */
export function jsonText(keys: readonly string[] = ["a", "b"]): fc.Arbitrary<string> {
  return textsOf(keys).value;
}

function textsOf(keys: readonly string[]): { value: fc.Arbitrary<string>; object: fc.Arbitrary<string> } {
  const keyText = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...keys).chain(spelled) },
    { weight: 1, arbitrary: stringText },
  );
  return fc.letrec<{ value: string; object: string; array: string }>((tie) => {
    const member = fc.tuple(space, keyText, space, space, tie("value"), space);
    const element = fc.tuple(space, tie("value"), space);
    return {
      object: fc
        .tuple(space, fc.array(member, { maxLength: 6 }))
        .map(([inside, members]) => `{${reliable(members).map(memberText).join(",") || inside}}`),
      array: fc
        .tuple(space, fc.array(element, { maxLength: 4 }))
        .map(([inside, elements]) => `[${elements.map((parts) => parts.join("")).join(",") || inside}]`),
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        stringText,
        numberText,
        fc.constantFrom("true", "false", "null"),
        tie("object"),
        tie("array"),
      ),
    };
  });
}

type Member = readonly [before: string, key: string, ...rest: string[]];

/**
 * Leaves out members for which `JSON.parse` itself is not reliable: if a key is repeated in another spelling, that of
 * Node 24 gives the last value the first time, and then the first one, for `{"a":-1,"b":"é","\u0062":{}}` and the like.
 */
function reliable<T extends Member>(members: readonly T[]): readonly T[] {
  const seen = new Map<unknown, boolean>();
  return members.filter(([, key]) => {
    const [name, isPlain] = [JSON.parse(key) as unknown, !key.includes("\\")];
    const wasPlain = seen.get(name);
    if (wasPlain !== undefined && !(wasPlain && isPlain)) return false;
    seen.set(name, isPlain);
    return true;
  });
}

const memberText = ([before, key, behind, between, value, after]: readonly string[]): string =>
  `${before}${key}${behind}:${between}${value}${after}`;

/** Bytes that mean something to a reader of JSON, and some that do not. */
const tellingByte = fc.oneof(
  fc.constantFrom(...Buffer.from('{}[]",:\\/u0019-+.eEtfnal \t\r\n\0\x1f\x7f')),
  fc.constantFrom(0x80, 0xbf, 0xc3, 0xe2, 0xef, 0xbb, 0xf0, 0xff),
);

/** These texts as bytes, a few of them changed, so that most are no JSON any more. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const change = fc.tuple(
    fc.constantFrom("replace", "insert", "remove", "cut", "repeat"),
    fc.nat(),
    tellingByte,
  );
  return fc
    .tuple(text, fc.array(change, { maxLength: 3 }))
    .map(([intact, changes]) => changes.reduce(changed, Buffer.from(intact)));
}

function changed(bytes: Buffer, [how, place, byte]: readonly [string, number, number]): Buffer {
  const at = place % (bytes.length + 1);
  const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (how) {
    case "replace":
      return Buffer.concat([before, Buffer.of(byte), behind.subarray(1)]);
    case "insert":
      return Buffer.concat([before, Buffer.of(byte), behind]);
    case "remove":
      return Buffer.concat([before, behind.subarray(1)]);
    case "cut":
      return before;
    default:
      return Buffer.concat([before, behind.subarray(0, 1), behind]);
  }
}
