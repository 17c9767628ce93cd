import { duration } from "../../config/parsers.ts";
import type { Faults } from "../../sandbox/faults.ts";
import type { Option, Options } from "../command.ts";
import { optionName } from "../setting-options.ts";
import { share } from "../share.ts";

const time = duration(0, 86_400_000);

/** The flag of each fault that can be turned on at the start. */
const flags: Readonly<Partial<Record<keyof Faults, Option>>> = {
  duplicate: {
    flags: "--duplicate <share>",
    says: "Deliver this share of the events twice: 0.1 or 10%.",
    parse: share,
  },
  reorder: { flags: "--reorder <share>", says: "Let later events overtake this share.", parse: share },
  delayMs: { flags: "--delay <time>", says: "Let each delivery wait up to so long.", parse: time },
  wrongSignature: {
    flags: "--wrong-signature <share>",
    says: "Sign this share with a wrong secret.",
    parse: share,
  },
  cut: { flags: "--cut <share>", says: "Cut the connection in the middle of this share.", parse: share },
  slowBody: { flags: "--slow-body <share>", says: "Send this share slowly.", parse: share },
  outage: { flags: "--outage", says: "Reach no receiver, until PUT /sandbox/faults ends it." },
  burstMs: {
    flags: "--burst <time>",
    says: "Hold events back, and send them together every so often.",
    parse: time,
  },
};

export const faultOptions: readonly Option[] = Object.values(flags).map((option) => ({
  ...option,
  group: "Trouble:",
}));

/** The faults whose flags were given. */
export function faultsOf(options: Options): Partial<Faults> {
  const given = Object.entries(flags).flatMap(([fault, option]) => {
    const name = optionName(option.flags);
    const value = options.has(name) ? true : options.number(name);
    return value === undefined ? [] : [[fault, value] as const];
  });
  return Object.fromEntries(given);
}
