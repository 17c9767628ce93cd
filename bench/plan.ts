/** How much is measured. */
export interface Plan {
  readonly quick: boolean;
  /** Times that things compared are measured in turn. */
  readonly rounds: number;
  /** How long one measurement at full load takes, and the warm-up before it. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** How long one measurement of answer times takes. */
  readonly latencySeconds: number;
  /** How long few events are sent to each engine. */
  readonly delaySeconds: number;
  /** Events that are settled in one measurement. */
  readonly settled: number;
  /** Events in the ledger at which settling is measured, ascending; also the API and the start, at the last. */
  readonly ledger: readonly number[];
  readonly endToEndSeconds: number;
  /** Events that wait while memory is looked at. */
  readonly waiting: number;
  /** Events that wait in a server, to be settled by several processes or by a peer. */
  readonly shared: number;
  /** Events of an hour, and the time in which they are sent. */
  readonly hour: { readonly events: number; readonly seconds: number };
  readonly starts: number;
  readonly apiCalls: number;
}

const full: Plan = {
  quick: false,
  rounds: 5,
  seconds: 4,
  warmUpSeconds: 3,
  latencySeconds: 8,
  delaySeconds: 30,
  settled: 500_000,
  ledger: [1_000_000, 5_000_000],
  endToEndSeconds: 60,
  waiting: 1_000_000,
  shared: 100_000,
  hour: { events: 720_000, seconds: 60 },
  starts: 5,
  apiCalls: 200,
};

/** Everything once, in about a minute. */
const quick: Plan = {
  quick: true,
  rounds: 1,
  seconds: 0.7,
  warmUpSeconds: 0.4,
  latencySeconds: 0.7,
  delaySeconds: 2,
  settled: 20_000,
  ledger: [40_000],
  endToEndSeconds: 2,
  waiting: 40_000,
  shared: 20_000,
  hour: { events: 12_000, seconds: 2 },
  starts: 1,
  apiCalls: 20,
};

/** @param largest events in the ledger at most; `undefined` for the usual number */
export function planFor(isQuick: boolean, largest: number | undefined): Plan {
  const plan = isQuick ? quick : full;
  if (largest === undefined) return plan;
  return { ...plan, ledger: [...plan.ledger.filter((size) => size < largest), largest] };
}
