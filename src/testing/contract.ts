/** One promise of an engine, as a sentence and as a program that proves it. */
export interface ContractCase<Harness> {
  /** A sentence, unique in its suite; a skip names the case by it. */
  readonly name: string;
  /** Rejects if the promise is broken. */
  readonly run: (harness: Harness) => Promise<void>;
}

/** What a case is given: a storage of its own, which nobody else uses. */
export interface ContractHarness {
  /** Closes what a case left open, also one that failed half-way, and removes the storage. */
  readonly dispose: () => Promise<void>;
}

/** Name of a case → why an engine cannot keep it. */
export type Skips = Readonly<Record<string, string>>;

/** The part of a test runner that a contract needs; `test` of `vitest` and of `node:test` are both fine. */
export interface TestFunction {
  (name: string, run: () => Promise<void>): unknown;
  /** Without it a skipped case is shown as passed; its name carries the reason in any case. */
  readonly skip?: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Registers one test for each case, on a harness of its own.
 *
 * @param makeHarness gives a fresh, empty storage on each call
 * @throws {RangeError} if a skip names no case, or two cases have one name
 *
 * @example
 * ```ts
 * import { test } from "vitest";
 * runContract(test, "memory queue", queueDriverContract, memoryHarness);
 * ```
 */
export function runContract<Harness extends ContractHarness>(
  test: TestFunction,
  engineName: string,
  cases: readonly ContractCase<Harness>[],
  makeHarness: () => Harness | Promise<Harness>,
  skips: Skips = {},
): void {
  refuseConfusion(engineName, cases, skips);
  for (const contractCase of cases) {
    const title = `${engineName}: ${contractCase.name}`;
    const reason = skips[contractCase.name];
    if (reason === undefined) test(title, () => runCase(contractCase, makeHarness));
    else passOver(test, `${title} (skipped: ${reason})`);
  }
}

async function runCase<Harness extends ContractHarness>(
  contractCase: ContractCase<Harness>,
  makeHarness: () => Harness | Promise<Harness>,
): Promise<void> {
  const harness = await makeHarness();
  try {
    await contractCase.run(harness);
  } finally {
    await harness.dispose();
  }
}

function passOver(test: TestFunction, title: string): void {
  const nothing = (): Promise<void> => Promise.resolve();
  if (test.skip === undefined) test(title, nothing);
  else test.skip(title, nothing);
}

function refuseConfusion(
  engineName: string,
  cases: readonly { readonly name: string }[],
  skips: Skips,
): void {
  const names = cases.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new RangeError(`Two cases are named "${repeated}".`);
  const unknown = Object.keys(skips).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`${engineName} skips "${unknown}", which names no case.`);
}
