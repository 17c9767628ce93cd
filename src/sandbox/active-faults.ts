import type { Agenda } from "./agenda.ts";
import type { Cancel } from "./clock.ts";
import { checkedFaults, type Faults, noFaults } from "./faults.ts";
import { play, scenarioNamed } from "./scenarios.ts";

/** The faults that a sandbox has now, as they were set one by one or as a scenario sets them. */
export class ActiveFaults {
  readonly #agenda: Agenda;
  #current: Faults = noFaults;
  #endScenario: Cancel = () => undefined;

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  get current(): Faults {
    return this.#current;
  }

  /** @throws {RangeError} names the fault, and what it may be */
  set(given: Partial<Faults>): void {
    this.#current = { ...this.#current, ...checkedFaults(given) };
  }

  /** Plays a scenario in place of all that was set before; null only ends it. @throws {RangeError} names the scenarios */
  setScenario(name: string | null): void {
    const scenario = name === null ? undefined : scenarioNamed(name);
    this.#endScenario();
    this.#current = noFaults;
    if (scenario !== undefined)
      this.#endScenario = play(scenario, this.#agenda, (faults) => this.set(faults));
  }
}
