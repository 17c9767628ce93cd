import { type ReactNode, useMemo, useState } from "react";
import type { StatsResponse } from "../../src/api/contract.ts";
import { printable } from "../../src/lib/printable.ts";
import { type Address, hrefOf, titles } from "./address.ts";
import { createApi } from "./api.ts";
import { ApiContext, useApi } from "./context.ts";
import { DeadLettersPage } from "./pages/dead-letters.tsx";
import { EntityPage } from "./pages/entity.tsx";
import { EventPage } from "./pages/event.tsx";
import { EventsPage } from "./pages/events.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { QuarantinePage } from "./pages/quarantine.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { Empty } from "./parts/empty.tsx";
import { Frame } from "./parts/frame.tsx";
import { useAddress } from "./use-address.ts";
import { type Live, useLive } from "./use-live.ts";
import { useToken } from "./use-token.ts";

export function App(): ReactNode {
  const address = useAddress();
  const [token, setToken] = useToken();
  const [refused, setRefused] = useState(false);
  const api = useMemo(
    () => (token === null ? undefined : createApi({ token, onRefused: () => leave(true) })),
    [token],
  );
  function enter(given: string): void {
    if (!canBeSent(given)) return setRefused(true);
    setToken(given);
  }
  function leave(wasRefused: boolean): void {
    setRefused(wasRefused);
    setToken(null);
  }
  if (api === undefined) return <SignInPage refused={refused} onToken={enter} />;
  return (
    <ApiContext value={api}>
      <title>{titleOf(address)}</title>
      <Console address={address} onLeave={() => leave(false)} />
    </ApiContext>
  );
}

interface ConsoleProps {
  readonly address: Address | undefined;
  readonly onLeave: () => void;
}

/** What a visitor who has signed in sees. The frame and the overview share one question for the numbers. */
function Console({ address, onLeave }: ConsoleProps): ReactNode {
  const stats = useLive(useApi().stats);
  return (
    <Frame page={address?.page} stats={stats.data} onLeave={onLeave}>
      {/* Another address is another page: what was typed or asked on the one before is gone. */}
      <Page key={address && hrefOf(address.page, address)} address={address} stats={stats} />
    </Frame>
  );
}

/** A header takes no other characters: with them, every request would fail before it is sent. */
const canBeSent = (token: string): boolean => /^[\x20-\xff]*$/.test(token);

interface PageProps {
  readonly address: Address | undefined;
  readonly stats: Live<StatsResponse>;
}

function Page({ address, stats }: PageProps): ReactNode {
  if (address === undefined) return <Empty>There is no such page.</Empty>;
  const { page, subject = "", query } = address;
  switch (page) {
    case "overview":
      return <OverviewPage stats={stats} />;
    case "events":
      return <EventsPage query={query} />;
    case "event":
      return <EventPage eventId={subject} />;
    case "entity":
      return <EntityPage entity={subject} />;
    case "dead-letters":
      return <DeadLettersPage query={query} />;
    case "quarantine":
      return <QuarantinePage query={query} />;
  }
}

/** What tells one tab of a browser from another. */
function titleOf(address: Address | undefined): string {
  return address === undefined
    ? "Hookwell"
    : `${printable(address.subject ?? titles[address.page])} · Hookwell`;
}
