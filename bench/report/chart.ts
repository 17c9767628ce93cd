/** Lines over two axes, as data. */
export interface Chart {
  /** Of its file, without the ending. */
  readonly name: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

export interface Axis {
  /** What it shows, with its unit. */
  readonly label: string;
  /** `share` is for percentiles: 0.9, 0.99 and 0.999 are equally far apart. */
  readonly scale: "linear" | "log" | "share";
}

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}
