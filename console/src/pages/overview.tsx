import type { ReactNode } from "react";
import type { EngineReport, SecretUse, StatsResponse } from "../../../src/api/contract.ts";
import { count } from "../../../src/lib/amounts.ts";
import { span } from "../../../src/lib/times.ts";
import { hrefOf } from "../address.ts";
import { useApi } from "../context.ts";
import { Drift } from "../parts/drift.tsx";
import { Moment } from "../parts/moment.tsx";
import { Status } from "../parts/status.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { Unanswered } from "../parts/unanswered.tsx";
import { type Live, useLive } from "../use-live.ts";

interface OverviewPageProps {
  readonly stats: Live<StatsResponse>;
}

/** What waits, how events ended, and what the queue and the ledger keep through which trouble. */
export function OverviewPage({ stats }: OverviewPageProps): ReactNode {
  const api = useApi();
  const engines = useLive(api.engines, { everyMs: 10_000 });
  return (
    <>
      <h1>Overview</h1>
      <Unanswered data={stats.data} error={stats.error} />
      {stats.data && <Numbers stats={stats.data} />}
      <Trouble says={stats.error === undefined ? engines.error?.message : undefined} />
      {engines.data && (
        <section className="cards" aria-label="Engines">
          <Engine title="Queue" report={engines.data.queue} />
          <Engine title="Ledger" report={engines.data.ledger} />
        </section>
      )}
      {stats.data?.secrets && <Secrets secrets={stats.data.secrets} />}
      {stats.data?.drift && <Drift drift={stats.data.drift} />}
    </>
  );
}

function Numbers({ stats }: { readonly stats: StatsResponse }): ReactNode {
  const { queue, events, duplicates } = stats;
  return (
    <section className="numbers" aria-label="Numbers">
      <Figure title="In the queue" value={countOrDash(queue?.depth)}>
        <Waiting queue={queue} />
      </Figure>
      {(["retrying", "handled", "obsolete", "dead"] as const).map((status) => (
        <Figure
          key={status}
          title={<Status status={status} />}
          value={<a href={hrefOf("events", { query: { status } })}>{countOrDash(events?.[status])}</a>}
        />
      ))}
      <Figure title="Repeats dropped" value={countOrDash(duplicates)} />
    </section>
  );
}

function Waiting({ queue }: { readonly queue: StatsResponse["queue"] }): ReactNode {
  const lines = queue === null ? ["the queue does not answer now"] : waitingTexts(queue);
  return lines.map((line) => (
    <span key={line} className="line">
      {line}
    </span>
  ));
}

const waitingTexts = ({
  depth,
  oldestAgeMs,
  spilled,
  isAway,
}: NonNullable<StatsResponse["queue"]>): readonly string[] =>
  [
    depth > 0 && `the oldest has waited ${span(oldestAgeMs)}`,
    spilled > 0 && `${count(spilled)} on this machine until the server is back`,
    isAway && "the server may hold more: it does not report all",
  ].filter((line) => line !== false);

/** A number, or a dash for one that nobody tells now. */
const countOrDash = (number: number | null | undefined): string =>
  typeof number === "number" ? count(number) : "–";

interface FigureProps {
  readonly title: ReactNode;
  readonly value: ReactNode;
  readonly children?: ReactNode;
}

function Figure({ title, value, children }: FigureProps): ReactNode {
  return (
    <div className="figure">
      <p>{title}</p>
      <p className="value">{value}</p>
      <p className="soft">{children}</p>
    </div>
  );
}

interface EngineProps {
  readonly title: string;
  /** null: it does not answer now. */
  readonly report: EngineReport | null;
}

function Engine({ title, report }: EngineProps): ReactNode {
  if (report === null) {
    return (
      <article className="card">
        <p className="soft">{title}</p>
        <Trouble says="It does not answer now. Hookwell's log says why." />
      </article>
    );
  }
  return (
    <article className="card">
      <p className="soft">{title}</p>
      <h2>{report.engine}</h2>
      <p>{report.durability}</p>
      {report.warnings.length > 0 && (
        <ul className="warnings">
          {report.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </article>
  );
}

/** One that is no longer used may be retired. */
function Secrets({ secrets }: { readonly secrets: readonly SecretUse[] }): ReactNode {
  if (secrets.length === 0) return null;
  return (
    <section>
      <h2>Secrets</h2>
      <p className="soft">Requests signed with each, as counted by the receivers on this data folder.</p>
      <div className="wide">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th className="number">Requests</th>
              <th>Last used</th>
            </tr>
          </thead>
          <tbody>
            {secrets.map(({ name, hits, lastUsedAt }) => (
              <tr key={name}>
                <td>{name}</td>
                <td className="number" data-label="Requests">
                  {count(hits)}
                </td>
                <td data-label="Last used">{lastUsedAt === null ? "never" : <Moment at={lastUsedAt} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
