import type { StatsResponse } from "../../api/contract.ts";
import { counted } from "../../lib/amounts.ts";
import { span } from "../../lib/times.ts";
import type { ApiClient } from "../client/api-client.ts";
import type { Io } from "../io.ts";
import { statusLine } from "./status-line.ts";

/** How often the statistics are asked, in ms. */
const askMs = 1_000;

/** What to tell of. */
interface Counted {
  /** Such as `dead letter`. */
  readonly one: string;
  /** How many there are, as the statistics say; null while that part does not answer. */
  readonly of: (stats: StatsResponse) => number | null;
}

/**
 * Tells on a terminal, while Hookwell works on many, how many there still are, also of those that are not meant;
 * disposing of it ends that. Only one answer comes for all of them, and that may take minutes.
 */
export function tellWhatIsLeft(client: ApiClient, io: Pick<Io, "stderr">, { one, of }: Counted): Disposable {
  if (!io.stderr.isTTY) return { [Symbol.dispose]: () => undefined };
  const startedAt = performance.now();
  const over = new AbortController();
  let left: number | null = null;
  const ask = async (): Promise<void> => {
    try {
      left = of(await client.get<StatsResponse>("/api/v1/stats", {}, over.signal));
    } catch {
      // The work itself tells what is wrong.
      left = null;
    }
    if (!over.signal.aborted) timer = setTimeout(() => void ask(), askMs);
  };
  let timer = setTimeout(() => void ask(), askMs);
  const line = statusLine(io, () => ({
    text: [span(performance.now() - startedAt), left === null ? "" : `${counted(left, one)} left in all`]
      .filter((part) => part !== "")
      .join("  "),
  }));
  return {
    [Symbol.dispose]: () => {
      over.abort();
      clearTimeout(timer);
      line[Symbol.dispose]();
    },
  };
}
