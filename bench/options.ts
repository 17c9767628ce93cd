import { parseArgs } from "node:util";

/** What a person asked for. */
export interface Options {
  readonly help: boolean;
  readonly quick: boolean;
  /** Names of groups; empty for all. */
  readonly only: readonly string[];
  readonly ledger: number | undefined;
  readonly data: string | undefined;
  readonly json: string | undefined;
  readonly from: string | undefined;
  readonly docs: boolean;
}

/**
 * @param known names of all groups
 * @returns the options, or a sentence that says what is wrong with them
 */
export function optionsOf(args: readonly string[], known: readonly string[]): Options | string {
  const values = parsed(args);
  if (typeof values === "string") return values;
  const only = values.only?.split(",") ?? [];
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) return `--only knows ${known.join(", ")}; not ${unknown.join(", ")}.`;
  const ledger = values.ledger === undefined ? undefined : Number(values.ledger.replaceAll(/[_,]/g, ""));
  if (ledger !== undefined && !(Number.isInteger(ledger / 500) && ledger > 0)) {
    return `--ledger takes a number of events that is a multiple of 500, such as 200000; not ${values.ledger}.`;
  }
  const isWhole = only.length === 0 || values.from !== undefined;
  if (values.docs && !isWhole) {
    return "--docs writes the figures of a full run; leave out --only, or give the other figures with --from.";
  }
  const isMeasured = only.length > 0 || values.from === undefined;
  if (values.docs && values.quick && isMeasured) {
    return "--docs writes the figures of a full run; leave out --quick.";
  }
  const { help, quick, docs, data, json, from } = values;
  return { help, quick, docs, only, ledger, data, json, from };
}

type Values = Omit<Options, "only" | "ledger"> & { readonly only?: string; readonly ledger?: string };

function parsed(args: readonly string[]): Values | string {
  const off = { type: "boolean", default: false } as const;
  const text = { type: "string" } as const;
  const options = {
    help: off,
    quick: off,
    docs: off,
    only: text,
    ledger: text,
    data: text,
    json: text,
    from: text,
  };
  try {
    return parseArgs({ args: [...args], options }).values as Values;
  } catch (error) {
    return Error.isError(error) ? error.message : String(error);
  }
}

/** What `--help` says. */
export function helpText(groups: readonly { readonly name: string; readonly says: string }[]): string {
  return `npm run bench -- [options]

Measures Hookwell, and what to compare it with, on this machine. It takes about an hour and a half and 10 GB of disk.

  --quick        everything once, with small sizes, in a minute
  --only A,B     only these groups of rows
  --ledger N     events in the long ledger, at most; 5,000,000
  --data FOLDER  where to keep what is measured: choose the disk; node_modules/.cache
  --json FILE    write the figures there too
  --docs         write them into docs/performance.md, and the charts beside it
  --from FILE    show the figures of an earlier --json, and measure nothing; with --only, measure these groups anew
  --help         this text

Groups:
${groups.map(({ name, says }) => `  ${name.padEnd(14)} ${says}`).join("\n")}
`;
}
