import type { Parser } from "../config/parsers.ts";
import type { Io } from "./io.ts";

/** 0 for success, 1 for failure, 2 for wrong use, 128 + the signal's number for an end by a signal. */
export type ExitCode = number;

/** A command as data: parsing, help and suggestions are made from it. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands; begins with a verb. */
  readonly summary: string;
  /** What else one should know; paragraphs. */
  readonly details?: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  readonly examples?: readonly Example[];
  readonly commands?: readonly Command[];
  readonly run?: (input: Input) => Promise<ExitCode>;
}

/** What the list of commands shows of a command. */
export type Listed = Pick<Command, "name" | "summary" | "arguments">;
/** The rest of it. */
export type Unlisted = Omit<Command, keyof Listed>;

export interface Argument {
  /** `<id>`, `[name]`, `[names...]`. */
  readonly form: string;
  readonly says: string;
}

export interface Option {
  /** `--limit <n>` or `--json`. */
  readonly flags: string;
  readonly says: string;
  readonly parse?: Parser<unknown>;
  /** How help writes the default. */
  readonly otherwise?: string;
  /** The environment variable that says the same. */
  readonly env?: string;
  /** May be given several times. */
  readonly repeats?: boolean;
  /** Heading in help. */
  readonly group?: string;
  /** Taken, but not offered. */
  readonly hidden?: boolean;
}

export interface Example {
  /** What to type. */
  readonly line: string;
  readonly says: string;
}

/** What a command was called with. */
export interface Input {
  readonly args: readonly string[];
  readonly options: Options;
  readonly io: Io;
}

/** Options by their name in camel case, as their parsers gave them. */
export class Options {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown> = new Map()) {
    this.#values = values;
  }

  /** True if a flag without a value was given. */
  has(name: string): boolean {
    return this.#values.get(name) === true;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" ? value : undefined;
  }

  /** All values of an option that repeats. */
  texts(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  }
}
