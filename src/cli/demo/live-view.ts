import { countsLine } from "./counts-line.ts";
import type { DemoOutput, DemoView } from "./demo-view.ts";
import { type HappeningKind, happeningKinds } from "./happening.ts";
import { liveTable } from "./live-table.ts";
import { MessageLives } from "./message-lives.ts";
import { stepLine } from "./step-line.ts";

/** Rows of messages, so that all fits on a screen of 24 lines with some sentences above. */
const mostRows = 8;
/** Changes that come together are drawn together, in ms. */
const drawMs = 100;

/** On a terminal: sentences stay, and below them the newest messages change in place. */
export function liveView(stdout: DemoOutput): DemoView {
  const lives = new MessageLives(mostRows);
  const counts = new Map<HappeningKind, number>(happeningKinds.map((kind) => [kind, 0]));
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const block = (): readonly string[] => {
    if (lives.newest.length === 0) return [];
    return ["", ...liveTable(lives.newest, stdout), "", countsLine(counts, stdout.palette)];
  };
  /** In one piece, so that nothing flickers. */
  const draw = (above = ""): void => {
    clearTimeout(timer);
    timer = undefined;
    const back = drawn === 0 ? "" : `\u001b[${drawn}A`;
    const lines = block();
    const shown = lines.map((line) => (line === "" ? "" : `  ${line}`));
    drawn = lines.length;
    stdout.write(
      `${back}\r${[...above.split("\n").slice(0, -1), ...shown].map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`,
    );
  };
  return {
    step: (number, text) => draw(stepLine(number, text, stdout)),
    show: ({ kind, record }) => {
      lives.note(record);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      timer ??= setTimeout(draw, drawMs);
    },
    end: () => draw(),
  };
}
