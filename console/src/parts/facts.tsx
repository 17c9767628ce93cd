import type { ReactNode } from "react";
import { printable } from "../../../src/lib/printable.ts";

interface FactsProps {
  /** Facts without a value are left out. */
  readonly facts: Readonly<Record<string, ReactNode>>;
}

/** Names and values, one under the other. */
export function Facts({ facts }: FactsProps): ReactNode {
  const there = Object.entries(facts).filter(([, value]) => value !== undefined && value !== null);
  return (
    <dl className="facts">
      {there.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === "string" ? printable(value) : value}</dd>
        </div>
      ))}
    </dl>
  );
}
