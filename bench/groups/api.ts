import type { Bench, Findings, Group } from "../bench.ts";
import { type Row, row } from "../report/report.ts";
import { type Hookwell, startHookwell } from "../servers/hookwell.ts";
import { millions } from "./settle.ts";

export const api: Group = {
  name: "api",
  says: "one event, one timeline and one filtered page out of a long history",
  measure,
};

interface Page {
  readonly items: readonly { readonly eventId: string; readonly entity: string }[];
}

async function measure({ plan, history, tell }: Bench): Promise<Findings> {
  const server = await startHookwell("serve", await history.with(plan.ledger.at(-1) ?? 0));
  const moments = Array.from({ length: plan.apiCalls }, () =>
    new Date(history.startedAt + Math.random() * (Date.now() - history.startedAt)).toISOString(),
  );
  tell(`API, ${plan.apiCalls} calls of each kind`);
  // From all over the history, and not asked for before.
  const some = await Promise.all(moments.map((until) => page(server, `until=${until}&limit=1`)));
  const picked = some.flatMap(({ items }) => items);
  const rows = [
    await timed(
      server,
      "one event",
      picked.map(({ eventId }) => `/events/${eventId}`),
    ),
    await timed(
      server,
      "one timeline",
      picked.map(({ entity }) => `/entities/${encodeURIComponent(entity)}`),
    ),
    await timed(
      server,
      "a page by name, status and time",
      moments.map((until) => `/events?name=message.read&status=handled&until=${until}`),
    ),
    await timed(
      server,
      "a page on which nothing is",
      moments.map((until) => `/events?name=message.failed&status=dead&until=${until}`),
    ),
  ];
  await server.stop();
  const [first, ...rest] = rows;
  return {
    rows:
      first === undefined
        ? []
        : [
            { ...first, what: `API, ${millions(history.events)} events: ${first.what}` },
            ...rest.map((one) => ({ ...one, what: `  ${one.what}` })),
          ],
  };
}

async function page(server: Hookwell, query: string): Promise<Page> {
  return (await server.api(`/events?${query}`)) as Page;
}

/** One call after the other, each on a connection of its own. */
async function timed(server: Hookwell, what: string, paths: readonly string[]): Promise<Row> {
  const samples: number[] = [];
  for (const path of paths) {
    const startedAt = performance.now();
    await server.api(path);
    samples.push(performance.now() - startedAt);
  }
  return row("api", what, "ms", samples, { bar: { of: "highest", atMost: 20 } });
}
