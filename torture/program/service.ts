import { setTimeout as sleep } from "node:timers/promises";
import { Child, type ChildOptions, type Exit } from "./child.ts";

export interface ServiceOptions {
  readonly start: (generation: number) => Omit<ChildOptions, "generation" | "program">;
  /** Numbers the starts of all services that share a journal. */
  readonly nextGeneration: () => number;
  readonly onExit: (child: Child, exit: Exit) => void;
}

/** As long as systemd would wait, or rather, less; in ms. */
const restartMs = 50;
/** "A setting is wrong": trying again changes nothing, so systemd is told not to. */
const wrongSetting = 2;
/** A start after a kill finds its folder free; systemd would try again, and hide that it does not. */
const inUse = "is in use by another Hookwell process";

/** Keeps one program running, as systemd does with `Restart=always` and `RestartPreventExitStatus=2`. */
export class Service {
  readonly #options: ServiceOptions;
  #child: Child | undefined;
  #wanted = false;
  #watching: Promise<void> = Promise.resolve();
  /** What is started the next time; undefined: the program of this folder. */
  program: string | undefined;
  /** Set when the program ended in a way after which it is not started again. */
  #gaveUp: string | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /** What the program said when it ended for good, by itself. */
  get gaveUp(): string | undefined {
    return this.#gaveUp;
  }

  get child(): Child | undefined {
    return this.#child?.isRunning === true ? this.#child : undefined;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#gaveUp = undefined;
    this.#watching = this.#watch();
  }

  /** Number of the newest start. */
  get generation(): number {
    return this.#child?.generation ?? 0;
  }

  /**
   * Kills the process without warning, and waits until it is gone; another one is started.
   *
   * @returns false if none was running, or it ended otherwise
   */
  async crash(): Promise<boolean> {
    const { child } = this;
    child?.signal("SIGKILL");
    return (await child?.exited)?.signal === "SIGKILL";
  }

  /** Resolves when the program is started the next time, or has given up. */
  async restarted(): Promise<void> {
    const { generation } = this;
    while (this.#wanted && this.generation === generation) await sleep(2);
  }

  signal(name: NodeJS.Signals): void {
    this.child?.signal(name);
  }

  /** Ends the program with this signal, and leaves it so until it is started. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    this.#wanted = false;
    // A process that was stopped by a signal does not hear any other.
    this.signal("SIGCONT");
    this.signal(signal);
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { start, nextGeneration, onExit } = this.#options;
    while (this.#wanted) {
      const generation = nextGeneration();
      const child = new Child({ ...start(generation), generation, program: this.program });
      this.#child = child;
      const exit = await child.exited;
      onExit(child, exit);
      const isHelpless = exit.code === wrongSetting || child.lines.some((line) => line.includes(inUse));
      if (isHelpless && this.#wanted) {
        this.#wanted = false;
        this.#gaveUp = child.lines.join("\n");
      }
      if (this.#wanted) await sleep(restartMs);
    }
  }
}
