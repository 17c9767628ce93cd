import { pick } from "../../../src/lib/random.ts";
import type { Attack } from "./attack.ts";
import { deliveryAttacks } from "./attack-deliveries.ts";
import { protocolAttacks } from "./attack-protocol.ts";

const makers = Object.entries({ ...protocolAttacks, ...deliveryAttacks });

/** As many attacks, which a seed gives again. */
export function makeAttacks(
  count: number,
  random: () => number,
): readonly (Attack & { readonly name: string })[] {
  let events = 0;
  const id = (): string => `hostile-${(events += 1)}`;
  return Array.from({ length: count }, () => pick(random, makers)).flatMap((maker) => {
    return maker === undefined ? [] : [{ name: maker[0], ...maker[1]({ random, id }) }];
  });
}
