import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** What is usual where TypeScript is compiled, and fails where Node only removes its types, with what to write instead. */
const cures: readonly (readonly [said: RegExp, cure: string])[] = [
  [
    /is not supported in strip-only mode$/,
    "Node only removes types: write it in JavaScript (erasableSyntaxOnly in tsconfig.json makes an editor show such places), or name the file that your build makes.",
  ],
  [
    /does not provide an export named '[^']+'$/,
    "If it is a type, mark it as one, as in import { type Handler }: Node removes only what is marked.",
  ],
  [/needs an import attribute of "type: json"$/, 'Write with { type: "json" } behind the path.'],
  [
    /^Cannot find package '(?:@\/|~)/,
    'Node does not read the paths of tsconfig.json: write ./ and the path of the file, or a name with # from the "imports" of package.json.',
  ],
  [/^Cannot find package '/, "Install it; if it is a file, write ./ before its path."],
  [/^__dirname is not defined in ES module scope$/, "Write import.meta.dirname."],
  [/^__filename is not defined in ES module scope$/, "Write import.meta.filename."],
];

/**
 * What to do about a configuration file that cannot be imported, with a blank before it; empty if nothing is known.
 *
 * @param said the first line of the error's message, without the dot at its end
 */
export function cureOf(error: Error, said: string): string {
  const cure = wholeName(error) ?? cures.find(([pattern]) => pattern.test(said))?.[1];
  return cure === undefined ? "" : ` ${cure}`;
}

/** Whoever builds TypeScript is used to write the name of what is built, or one without its ending. */
function wholeName({ url }: Error & { readonly url?: unknown }): string | undefined {
  if (typeof url !== "string" || !url.startsWith("file:")) return undefined;
  const bare = fileURLToPath(url).replace(/\.js$/, "");
  const meant = [`${bare}.ts`, `${bare}.js`].find((path) => existsSync(path));
  return meant === undefined ? undefined : `There is ${basename(meant)}: import it by its whole name.`;
}
