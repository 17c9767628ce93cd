import type { AvailableEvent, WebhookInput } from "../../client/index.ts";
import { knownEventNames } from "../../event/names.ts";
import { isPattern, matches, patternForms } from "../../event/pattern.ts";
import { didYouMean } from "../../lib/nearest.ts";
import { UsageError } from "../failure.ts";

type Subscriptions = NonNullable<WebhookInput["subscriptions"]>;

/** A condition of a subscription, such as the channel `sms`. */
export interface Filter {
  readonly name: string;
  readonly value: string;
}

/**
 * The events that were named, one subscription each. Patterns stand for what the account offers; if it offers nothing,
 * for the names that Hookwell knows. A full name is taken as it is: the service knows best.
 *
 * @throws {UsageError} if a pattern stands for nothing, or an event does not have a filter
 */
export function subscriptionsOf(
  named: readonly string[],
  filters: readonly Filter[],
  available: readonly AvailableEvent[],
): Subscriptions {
  const offered = available.flatMap(({ type }) => type ?? []);
  const known: readonly string[] = offered.length > 0 ? offered : knownEventNames;
  const names = new Set(named.flatMap((name) => expanded(name, known)));
  return [...names].map((type) => {
    const { filters: offer } = available.find((event) => event.type === type) ?? {};
    const missing = filters.find(
      ({ name }) => offer !== undefined && !offer.some((one) => one.name === name),
    );
    if (missing !== undefined) {
      const has = offer?.flatMap(({ name }) => name ?? []) ?? [];
      const those = has.length === 0 ? "it has none" : `it has ${has.join(", ")}`;
      throw new UsageError(
        `${type} has no filter "${missing.name}": ${those}. Register it apart, or leave it or the filter out.`,
      );
    }
    return filters.length === 0 ? { type } : { type, filters: filters.map((filter) => ({ ...filter })) };
  });
}

/** A sentence for each event that the account does not offer, if it is known what it offers. */
export function strangers(
  subscriptions: Subscriptions,
  available: readonly AvailableEvent[],
): readonly string[] {
  const offered = available.flatMap(({ type }) => type ?? []);
  if (offered.length === 0) return [];
  return subscriptions
    .flatMap(({ type }) => type ?? [])
    .filter((type) => !offered.includes(type))
    .map((type) => `The account does not offer "${type}".${didYouMean(type, offered)}`);
}

function expanded(name: string, known: readonly string[]): readonly string[] {
  if (!isPattern(name)) throw new UsageError(`--events is "${name}": write ${patternForms}.`);
  if (!name.endsWith("*")) return [name];
  const found = known.filter((one) => matches(name, one));
  if (found.length > 0) return found;
  const families = [...new Set(known.map((one) => `${one.split(".")[0] ?? ""}.*`))];
  throw new UsageError(`--events is "${name}", which is no event here.${didYouMean(name, families)}`);
}

/** `channel=sms` */
export function filterOf(written: string): Filter {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(written) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`--filter is "${written}": write it like channel=sms.`);
  return { name, value };
}
