import type { ReactNode } from "react";
import type { Live } from "../use-live.ts";
import { Trouble } from "./trouble.tsx";

/** Says why an answer did not come, or that it is still to come if that takes a while; nothing beside one that came. */
export function Unanswered({ data, error }: Pick<Live<unknown>, "data" | "error">): ReactNode {
  if (data !== undefined || error !== undefined) return <Trouble error={error} />;
  return <p className="empty soon">Loading…</p>;
}
