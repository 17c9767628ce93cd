import { ago, clockTime, localTime } from "../../lib/times.ts";
import type { Io, Output } from "../io.ts";

/** When something was: by the clock of the person at a terminal, and how long ago; elsewhere as exactly as it is known. */
export function momentView(moment: string, { stdout, now }: Io): string {
  if (!stdout.isTTY) return moment;
  return `${localTime(moment)}  ${stdout.palette.dim(ago(moment, now()))}`;
}

/** How long ago something was, on a terminal; elsewhere when exactly. */
export const ageView = (moment: string, { stdout, now }: Pick<Io, "stdout" | "now">): string =>
  stdout.isTTY ? ago(moment, now()) : moment;

/** As `momentView`, where the day is known or does not matter. */
export const clockView = (moment: string, { isTTY }: Pick<Output, "isTTY">): string =>
  isTTY ? clockTime(moment) : moment;
