import type { ReactNode } from "react";
import type { Live } from "../use-live.ts";
import { Trouble } from "./trouble.tsx";

/**
 * In place of an answer: says why it failed, or after a while that it is still to come. Beside an answer only what
 * failed since.
 */
export function Unanswered({ data, error }: Pick<Live<unknown>, "data" | "error">): ReactNode {
  if (data !== undefined || error !== undefined) return <Trouble says={error?.message} />;
  return <p className="empty soon">Loading…</p>;
}
