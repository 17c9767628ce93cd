import { expect, test } from "vitest";
import { startSandbox } from "../../test/support/sandbox/start-sandbox.ts";

test("the outage comes, goes, and comes again", async () => {
  const { sandbox } = startSandbox({ scenario: "outage" });
  const seen: boolean[] = [];

  for (let minute = 0; minute < 20; minute += 1) {
    seen.push(sandbox.faults.outage);
    await sandbox.advance(60_000);
  }

  const minutes = seen.flatMap((outage, minute) => (outage ? [minute] : []));
  expect(minutes).toEqual([1, 2, 3, 4, 5, 16, 17, 18, 19]);
});

test("a scenario that repeats for ever keeps nobody waiting, and loses no event", async () => {
  const { sandbox, received, register } = startSandbox({ scenario: "outage" });
  register();
  await sandbox.advance(90_000);

  sandbox.emit("message.sent");
  await sandbox.settled();

  expect(received).toHaveLength(1);
});

test("another scenario takes the place of the one before, and null ends it", () => {
  const { sandbox } = startSandbox({ scenario: "storm" });

  sandbox.setScenario("shuffle");
  const shuffle = sandbox.faults;
  sandbox.setScenario(null);

  expect(shuffle).toMatchObject({ reorder: 0.5, burstMs: 0 });
  expect(sandbox.faults).toMatchObject({ reorder: 0, duplicate: 0 });
});

test("a scenario that does not exist is refused, and those that do are named", () => {
  expect(() => startSandbox({ scenario: "strom" })).toThrow(
    "There is no scenario strom. Did you mean storm? There are: storm, outage, shuffle, rotation.",
  );
});
