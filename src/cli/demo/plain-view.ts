import { clockTime } from "../../lib/times.ts";
import { printable } from "../../lib/printable.ts";
import type { DemoOutput, DemoView } from "./demo-view.ts";
import { failureOf, type Happening } from "./happening.ts";
import { MessageLives } from "./message-lives.ts";
import { stepLine } from "./step-line.ts";

/** One line for each happening, for a pipe or a file. */
export function plainView(output: DemoOutput, now: () => number): DemoView {
  const lives = new MessageLives(100);
  return {
    step: (number, text) => void output.write(stepLine(number, text, output)),
    show: (happening) => {
      const { kind, record } = happening;
      const { number } = lives.note(record);
      const parts = [
        clockTime(now()),
        kind.padEnd(9),
        `#${number}`.padEnd(3),
        printable(record.name).padEnd(17),
        record.revision === null ? "     " : `rev ${record.revision}`,
        printable(noteOf(happening)),
      ];
      output.write(`     ${parts.join("  ").trimEnd()}\n`);
    },
    end: () => undefined,
  };
}

function noteOf({ kind, record }: Happening): string {
  const { attempts, deliveries } = record;
  switch (kind) {
    case "accepted":
      return "genuine, on disk, answered with 200";
    case "duplicate":
      return `came ${deliveries} times, is handled once`;
    case "obsolete":
      return "a newer one was handled before";
    case "retrying":
      return `try ${attempts} failed: ${failureOf(record)}`;
    case "dead":
      return `given up after ${attempts} tries: ${failureOf(record)}`;
    case "handled":
      return attempts > 1 ? `at try ${attempts}` : "";
  }
}
