import { number } from "./cells.ts";

/** What the figures depend on. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
  /** Of the folder in which everything was kept. */
  readonly fileSystem: string;
  /** Time to get 4 kB appended to a file onto the disk. */
  readonly fsyncMs: number;
  /** Programs that ran in the minute before. */
  readonly loadBefore: number;
}

/** The same for people; with what makes figures worth little. */
export function machineLines(machine: Machine): readonly string[] {
  const { cores, processor, memoryGb, system, node, sqlite, fileSystem, fsyncMs, loadBefore } = machine;
  const lines = [
    `${cores} cores of ${processor}, ${number(memoryGb)} GB of memory, ${system}`,
    `Node ${node}, SQLite ${sqlite}; ${fileSystem}, fsync ${number(fsyncMs)} ms`,
  ];
  if (loadBefore > cores / 4)
    lines.push(`Other programs were busy before it began: load average ${number(loadBefore)}`);
  if (fileSystem === "tmpfs")
    lines.push("tmpfs is memory: what is flushed to it costs nothing. Give --data a folder on a disk.");
  return lines;
}
