/** How a request is signed. */
export interface Signing {
  readonly secret: string;
  readonly algorithm: "sha1" | "sha256";
  readonly header: string;
  /** What stands before the digits. */
  readonly prefix: string;
}

/** What one process of the load generator is to do. */
export interface Job {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  /** Events in a request; 1 means a single object. */
  readonly batch: number;
  readonly signing: Signing;
  /** The body that a right answer has; `null` if only its status counts. */
  readonly expected: string | null;
  /** Requests a second, begun on time whether or not answers come; `null` sends the next as soon as one is answered. */
  readonly rate: number | null;
  /** What is sent in this time is not counted. */
  readonly warmUpSeconds: number;
  /** When the job ends. */
  readonly until: { readonly seconds: number } | { readonly requests: number };
}

/** The outcome of a job. */
export interface Load {
  /** Requests answered in the time that counts. */
  readonly requests: number;
  readonly seconds: number;
  /** Times from when a request was to begin to its answer, as the counts of `Latencies`. */
  readonly latencies: readonly number[];
  /** Processor time of the generator ÷ time. Near 1 it was the generator that was measured. */
  readonly generatorShare: number;
}

/** What the process tells at its end. */
export type Outcome =
  | { readonly kind: "done"; readonly load: Load }
  | { readonly kind: "wrong answer"; readonly status: number; readonly body: string }
  | { readonly kind: "failed"; readonly why: string };
