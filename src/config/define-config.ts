import type { FamilyTable } from "../event/entity.ts";
import type { EventPattern } from "../event/names.ts";
import type { Handler } from "../process/handlers.ts";
import type { SettingKey, Settings } from "./settings.ts";

/** Settings that may also be written with a unit: `"30s"`, `"16mb"`. */
type Measured =
  | "handlerTimeout"
  | "backoffMin"
  | "backoffMax"
  | "retention"
  | "bodyLimit"
  | "quarantineMaxBytes";
type Plain = Exclude<SettingKey, Measured | "configFile">;

// Made with `Pick`, so that editors show what is said of each setting.
type WrittenSettings = {
  readonly [K in keyof Pick<Settings, Plain>]?: NonNullable<Settings[K]> | undefined;
} & {
  readonly [K in keyof Pick<Settings, Measured>]?: number | string | undefined;
};

/** Contents of a configuration file. Everything is optional; environment and flags override it. */
export interface UserConfig<Patterns extends string = string> extends WrittenSettings {
  /** Event name or pattern → function; the most specific pattern wins, `*` matches what no other does. */
  readonly handlers?: { readonly [P in Patterns]?: Handler<P> } | undefined;
  /** How the events of a family are ordered, where that differs from the built-in rules. */
  readonly families?: FamilyTable | undefined;
  /** Active secrets by name. Take the values from a vault or the environment; do not write them into the file. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/**
 * Types a configuration file, and returns it unchanged. Each handler gets the payload type of its event name.
 *
 * @example
 * ```ts
 * // hookwell.config.ts
 * import { defineConfig } from "hookwell";
 *
 * export default defineConfig({
 *   concurrency: 32,
 *   handlers: {
 *     "message.failed": async (event, { log }) => {
 *       log.warn("not delivered", { id: event.payload.id });
 *     },
 *   },
 * });
 * ```
 */
export function defineConfig<Patterns extends EventPattern>(
  config: UserConfig<Patterns>,
): UserConfig<Patterns> {
  return config;
}
