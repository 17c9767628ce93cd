import type { ReactNode } from "react";
import type { EventStatus } from "../../../src/api/contract.ts";

export function Status({ status }: { readonly status: EventStatus }): ReactNode {
  return <span className={`status ${status}`}>{status}</span>;
}
