import type { ReactNode } from "react";
import type { DriftReport } from "../../../src/api/contract.ts";
import { count } from "../../../src/lib/amounts.ts";
import { Moment } from "./moment.tsx";

/** In what the sender's events are not as they are known; nothing is shown while they are. */
export function Drift({ drift }: { readonly drift: DriftReport }): ReactNode {
  const { unknownNames, unlike, others } = drift;
  const rows = [
    ...unknownNames.map((row) => ({ ...row, path: "", what: "is not a known name" })),
    ...unlike.map(({ message, ...row }) => ({ ...row, what: `${row.path} ${message}` })),
  ];
  const more = others.unknownNames + others.unlike;
  if (rows.length === 0) return null;
  return (
    <section>
      <h2>Unlike the schemas</h2>
      <p className="soft">
        Events that are not as the published schemas say, since this process started. They are handled like
        all others. Of known names, one event a second is looked at.
      </p>
      <div className="wide">
        <table>
          <thead>
            <tr>
              <th>Event</th>
              <th>What</th>
              <th className="number">Seen</th>
              <th>First seen</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, path, what, count: times, firstSeenAt }) => (
              <tr key={`${name} ${path}`}>
                <td>{name}</td>
                <td data-label="What">{what}</td>
                <td className="number" data-label="Seen">
                  {count(times)}
                </td>
                <td data-label="First seen">
                  <Moment at={firstSeenAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 && <p className="soft">And others, seen {count(more)} times.</p>}
    </section>
  );
}
