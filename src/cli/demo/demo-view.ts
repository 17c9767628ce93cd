import type { Output } from "../io.ts";
import type { Happening } from "./happening.ts";

/** How the demo is shown. */
export interface DemoView {
  /** A sentence about what comes now. */
  step(number: number, text: string): void;
  show(happening: Happening): void;
  /** What is shown stays, and nothing more comes. */
  end(): void;
}

export type DemoOutput = Pick<Output, "write" | "isTTY" | "columns" | "palette">;
