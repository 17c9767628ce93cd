import { type ReactNode, useState } from "react";
import type { QuarantineRecord } from "../../../src/api/contract.ts";
import { printableLines } from "../../../src/lib/printable.ts";
import { bytesText, count, counted } from "../../../src/lib/amounts.ts";
import type { Query } from "../api.ts";
import { useApi } from "../context.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Empty } from "../parts/empty.tsx";
import { Facts } from "../parts/facts.tsx";
import { Moment } from "../parts/moment.tsx";
import { Pager } from "../parts/pager.tsx";
import { Remove } from "../parts/remove.tsx";
import { Still } from "../parts/still.tsx";
import { Unanswered } from "../parts/unanswered.tsx";
import { useLive } from "../use-live.ts";

interface QuarantinePageProps {
  readonly query: Query;
}

/** Requests that could not be accepted, and why. */
export function QuarantinePage({ query }: QuarantinePageProps): ReactNode {
  const api = useApi();
  const { data, error, again } = useLive(api.quarantine(query));
  const some = data !== undefined && data.items.length > 0;
  return (
    <>
      <h1>Quarantine</h1>
      <p className="soft">
        Requests that receivers on this data folder could not accept. Other receivers keep their own
        quarantine: <code>hookwell quarantine list</code> shows it there.
      </p>
      <p className="deeds">
        <Confirm
          title="Check again"
          idle={!some}
          question={async () =>
            "Check all of them with the current secrets? Those that verify go into the queue."
          }
          act={async () => {
            const { checked, accepted } = await api.recheck();
            again();
            return `${counted(checked, "request")} checked, ${count(accepted)} accepted.`;
          }}
        />
      </p>
      <Unanswered data={data} error={error} />
      {data?.items.length === 0 && <Empty>Nothing was refused here.</Empty>}
      {some && (
        <Still items={data.items} keyOf={({ id }) => id}>
          {(records) => (
            <ul className="refused">
              {records.map((record) => (
                <Refused key={record.id} record={record} onChange={again} />
              ))}
            </ul>
          )}
        </Still>
      )}
      <Pager page="quarantine" query={query} next={data?.next ?? null} />
    </>
  );
}

interface RefusedProps {
  readonly record: QuarantineRecord;
  readonly onChange: () => void;
}

function Refused({ record, onChange }: RefusedProps): ReactNode {
  const api = useApi();
  const { id, receivedAt, kind, reason, bytes, headers } = record;
  const [open, setOpen] = useState(false);
  return (
    <li className="card">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className="kind">{kind}</span> <Moment at={receivedAt} /> {reason}{" "}
          <span className="soft">{bytesText(bytes)}</span>
        </summary>
        <Facts facts={headers} />
        {open && <Body id={id} />}
        <p className="deeds">
          <Remove
            remove={async () => {
              await api.removeQuarantined(id);
              onChange();
            }}
          />
        </p>
      </details>
    </li>
  );
}

/** Anybody may have sent this body, so it is shown as plain text. */
function Body({ id }: { readonly id: string }): ReactNode {
  const { data, error } = useLive(useApi().quarantined(id), { everyMs: null });
  return (
    <>
      <Unanswered data={data} error={error} />
      {data !== undefined && (
        <pre>
          <code>{printableLines(data.slice(0, mostShown))}</code>
        </pre>
      )}
      {data !== undefined && data.length > mostShown && (
        <p className="soft">Only the first {count(mostShown)} characters are shown.</p>
      )}
    </>
  );
}

/** A refused body may be as large as the limit allows; a page that long would be of no use. */
const mostShown = 20_000;
