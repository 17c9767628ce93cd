import { styleText } from "node:util";
import type { Env } from "../../config/environment.ts";
import type { EventStatus } from "../../ledger/record.ts";

type Paint = (text: string) => string;

/** Colours, named by what they mean; without colours each gives the text as it is. */
export interface Palette {
  /** What may be skimmed: labels, times. */
  readonly dim: Paint;
  readonly bold: Paint;
  readonly good: Paint;
  readonly warn: Paint;
  readonly bad: Paint;
  /** Names and commands. */
  readonly name: Paint;
  readonly key: Paint;
  readonly text: Paint;
  readonly number: Paint;
}

const plain: Paint = (text) => text;
const noColours: Palette = {
  dim: plain,
  bold: plain,
  good: plain,
  warn: plain,
  bad: plain,
  name: plain,
  key: plain,
  text: plain,
  number: plain,
};

type Format = Parameters<typeof styleText>[0];
const paint =
  (format: Format): Paint =>
  (text) =>
    text === "" ? text : styleText(format, text, { validateStream: false });

const colours: Palette = {
  dim: paint("dim"),
  bold: paint("bold"),
  good: paint("green"),
  warn: paint("yellow"),
  bad: paint("red"),
  name: paint("cyan"),
  key: paint("blue"),
  text: paint("green"),
  number: paint("yellow"),
};

/** The colours of an output: on a terminal, unless `NO_COLOR` or `FORCE_COLOR` says otherwise. */
export function paletteFor(isTTY: boolean, env: Env): Palette {
  return hasColours(isTTY, env) ? colours : noColours;
}

/** `FORCE_COLOR` wins over `NO_COLOR`, as it does in Node. */
export function hasColours(isTTY: boolean, env: Env): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return isTTY && env["TERM"] !== "dumb";
}

const marks: Readonly<Record<EventStatus, string>> = {
  pending: "·",
  retrying: "↻",
  handled: "✓",
  obsolete: "−",
  dead: "✗",
};

/** A status with its mark. */
export const statusWord = (status: EventStatus): string => `${marks[status]} ${status}`;

/** The same, coloured. */
export function statusText(status: EventStatus, palette: Palette): string {
  return statusPaint(status, palette)(statusWord(status));
}

export function statusPaint(status: EventStatus, palette: Palette): Paint {
  switch (status) {
    case "pending":
      return palette.name;
    case "retrying":
      return palette.warn;
    case "handled":
      return palette.good;
    case "obsolete":
      return palette.dim;
    case "dead":
      return palette.bad;
  }
}
