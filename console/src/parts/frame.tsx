import type { ReactNode } from "react";
import type { StatsResponse } from "../../../src/api/contract.ts";
import { hrefOf, type Page, titles } from "../address.ts";
import { Mark } from "./mark.tsx";
import { count } from "../../../src/lib/amounts.ts";

interface FrameProps {
  readonly page: Page | undefined;
  readonly stats: StatsResponse | undefined;
  readonly onLeave: () => void;
  readonly children: ReactNode;
}

/** What surrounds every page; the numbers beside the names of pages show where something has to be done. */
export function Frame({ page, stats, onLeave, children }: FrameProps): ReactNode {
  const tabs: readonly Tab[] = [
    { to: "overview" },
    { to: "events", also: ["event", "entity"] },
    { to: "dead-letters", waiting: stats?.events?.dead },
    { to: "quarantine", waiting: stats?.quarantine ?? undefined },
  ];
  return (
    <>
      <header className="top">
        <a className="name" href={hrefOf("overview")}>
          <Mark />
          Hookwell
        </a>
        <nav aria-label="Pages">
          {tabs.map((tab) => (
            <TabLink key={tab.to} tab={tab} page={page} />
          ))}
        </nav>
        <button type="button" className="quiet" onClick={onLeave}>
          Sign out
        </button>
      </header>
      <main>{children}</main>
    </>
  );
}

interface Tab {
  readonly to: Page;
  /** Pages that are found under this one. */
  readonly also?: readonly Page[];
  readonly waiting?: number | undefined;
}

function TabLink({ tab, page }: { readonly tab: Tab; readonly page: Page | undefined }): ReactNode {
  const { to, also = [], waiting = 0 } = tab;
  const isHere = page !== undefined && (page === to || also.includes(page));
  return (
    <a href={hrefOf(to)} {...(isHere && { "aria-current": "page" as const })}>
      {titles[to]}
      {waiting > 0 && (
        <>
          {" "}
          <span className="badge">{count(waiting)}</span>
        </>
      )}
    </a>
  );
}
