import { expect, test } from "vitest";
import { type ContractCase, type ContractHarness, runContract, type TestFunction } from "./contract.ts";
import { ledgerDriverContract } from "./ledger-driver-contract.ts";
import { queueDriverContract } from "./queue-driver-contract.ts";

interface Registered {
  readonly name: string;
  readonly skipped: boolean;
  readonly run: () => Promise<void>;
}

/** A test runner that only remembers. */
function remember(): { readonly tests: Registered[]; readonly run: TestFunction } {
  const tests: Registered[] = [];
  const add =
    (skipped: boolean) =>
    (name: string, run: () => Promise<void>): void => {
      tests.push({ name, skipped, run });
    };
  return { tests, run: Object.assign(add(false), { skip: add(true) }) };
}

const nothing: ContractHarness = { dispose: async () => undefined };
const passing: ContractCase<ContractHarness> = { name: "keeps its word", run: async () => undefined };
const failing: ContractCase<ContractHarness> = {
  name: "breaks its word",
  run: () => Promise.reject(new Error("broken")),
};

test("each case becomes a test, named after the engine and the case", async () => {
  const { tests, run } = remember();

  runContract(run, "engine", [passing, failing], () => nothing);

  expect(tests.map(({ name }) => name)).toEqual(["engine: keeps its word", "engine: breaks its word"]);
  await expect(tests[0]?.run()).resolves.toBeUndefined();
  await expect(tests[1]?.run()).rejects.toThrow("broken");
});

test("each case has a harness of its own, which is disposed of even if the case fails", async () => {
  const { tests, run } = remember();
  const events: string[] = [];
  const makeHarness = async (): Promise<ContractHarness> => {
    events.push("made");
    return { dispose: async () => void events.push("disposed") };
  };

  runContract(run, "engine", [passing, failing], makeHarness);
  await Promise.allSettled(tests.map((each) => each.run()));

  expect(events.toSorted()).toEqual(["disposed", "disposed", "made", "made"]);
});

test("a skip is shown with its reason", async () => {
  const { tests, run } = remember();

  runContract(run, "engine", [passing, failing], () => nothing, { "breaks its word": "it never gave one" });

  expect(tests.map(({ skipped }) => skipped)).toEqual([false, true]);
  expect(tests[1]?.name).toBe("engine: breaks its word (skipped: it never gave one)");
});

test("a runner that cannot skip passes over the case, with the reason in its name", async () => {
  const { tests, run } = remember();
  const plain: TestFunction = (name, body) => run(name, body);

  runContract(plain, "engine", [failing], () => nothing, { "breaks its word": "it never gave one" });

  expect(tests.map(({ name }) => name)).toEqual(["engine: breaks its word (skipped: it never gave one)"]);
  await expect(tests[0]?.run()).resolves.toBeUndefined();
});

test("a skip that names no case is a mistake", () => {
  const { tests, run } = remember();
  const skips = { "keeps its wrod": "a typing error" };

  const register = (): void => runContract(run, "engine", [passing], () => nothing, skips);

  expect(register).toThrow(new RangeError('engine skips "keeps its wrod", which names no case.'));
  expect(tests).toEqual([]);
});

test("two cases of one name are a mistake", () => {
  const { run } = remember();

  const register = (): void => runContract(run, "engine", [passing, passing], () => nothing);

  expect(register).toThrow(new RangeError('Two cases are named "keeps its word".'));
});

test("the cases of a suite have names of their own", () => {
  for (const suite of [queueDriverContract, ledgerDriverContract]) {
    const names = suite.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
  }
});
