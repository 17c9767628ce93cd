import { type FormEvent, type ReactNode } from "react";
import type { EventStatus } from "../../../src/api/contract.ts";
import { hrefOf, type Page } from "../address.ts";
import type { Query } from "../api.ts";
import { fieldsOf } from "../fields.ts";

interface FilterProps {
  readonly page: Page;
  readonly query: Query;
  /** Whether to offer a choice of status; dead letters have only one. */
  readonly withStatus?: boolean;
}

const statuses = ["pending", "retrying", "handled", "obsolete", "dead"] satisfies EventStatus[];
const spans = { "15m": "15 minutes", "1h": "hour", "24h": "24 hours", "7d": "7 days" };

/** Conditions of a list; they stand in the address, so that a filtered list can be sent to somebody. */
export function Filter({ page, query, withStatus = false }: FilterProps): ReactNode {
  const apply = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    location.hash = hrefOf(page, { query: fieldsOf(event.currentTarget) });
  };
  return (
    <form className="filter" role="search" onSubmit={apply}>
      <label>
        Name
        <input name="name" placeholder="message.*" defaultValue={query["name"]} />
      </label>
      {withStatus && (
        <label>
          Status
          <Choice name="status" chosen={query["status"]} choices={statuses.map((each) => [each, each])} />
        </label>
      )}
      <label>
        Received
        <Choice
          name="since"
          chosen={query["since"]}
          choices={Object.entries(spans).map(([value, text]) => [value, `last ${text}`])}
        />
      </label>
      <label>
        Entity
        <input name="entity" placeholder="message:…" defaultValue={query["entity"]} />
      </label>
      <label>
        Text
        <input name="text" placeholder="in body or error" defaultValue={query["text"]} />
      </label>
      <button type="submit">Filter</button>
      {Object.keys(query).length > 0 && <a href={hrefOf(page)}>Show all</a>}
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly chosen: string | undefined;
  readonly choices: readonly (readonly [value: string, text: string])[];
}

function Choice({ name, chosen = "", choices }: ChoiceProps): ReactNode {
  // An address may hold a value that is not among those offered.
  const all =
    choices.some(([value]) => value === chosen) || chosen === ""
      ? choices
      : [...choices, [chosen, chosen] as const];
  return (
    <select name={name} defaultValue={chosen}>
      <option value="">any</option>
      {all.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}
