import type { Folders } from "./folders.ts";
import type { History } from "./history.ts";
import type { Plan } from "./plan.ts";
import type { Chart } from "./report/chart.ts";
import type { Failure, Row } from "./report/report.ts";

/** What a group of rows is measured with. */
export interface Bench {
  readonly plan: Plan;
  readonly folders: Folders;
  readonly history: History;
  /** Says what is being measured now. */
  readonly tell: (doing: string) => void;
}

/** Rows that are measured together. */
export interface Group {
  readonly name: string;
  readonly says: string;
  /** Whether `--quick` leaves it out unless it is asked for by its name. */
  readonly isLong?: boolean;
  readonly measure: (bench: Bench) => Promise<Findings>;
}

export interface Findings {
  readonly rows: readonly Row[];
  readonly charts?: readonly Chart[];
  readonly notes?: readonly string[];
  /** Parts of the group that could not be measured, while others could. */
  readonly failures?: readonly Failure[];
}
