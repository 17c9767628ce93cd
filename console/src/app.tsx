import { type ReactNode, useEffect, useMemo, useState } from "react";
import { type Address, readAddress, titles } from "./address.ts";
import { createApi } from "./api.ts";
import { ApiContext } from "./context.ts";
import { DeadLettersPage } from "./pages/dead-letters.tsx";
import { EntityPage } from "./pages/entity.tsx";
import { EventPage } from "./pages/event.tsx";
import { EventsPage } from "./pages/events.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { QuarantinePage } from "./pages/quarantine.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { Empty } from "./parts/empty.tsx";
import { Frame } from "./parts/frame.tsx";

/** Kept as long as the tab is open, and seen by no other. */
const tokenKey = "hookwell.token";

export function App(): ReactNode {
  const address = useAddress();
  const [token, setToken] = useState(() => sessionStorage.getItem(tokenKey));
  const [refused, setRefused] = useState(false);
  const api = useMemo(() => (token === null ? undefined : createApi(token, () => leave(true))), [token]);
  function enter(given: string): void {
    sessionStorage.setItem(tokenKey, given);
    setToken(given);
  }
  function leave(wasRefused: boolean): void {
    sessionStorage.removeItem(tokenKey);
    setRefused(wasRefused);
    setToken(null);
  }
  if (api === undefined) return <SignInPage refused={refused} onToken={enter} />;
  return (
    <ApiContext value={api}>
      <title>{titleOf(address)}</title>
      <Frame page={address?.page} onLeave={() => leave(false)}>
        <Page address={address} />
      </Frame>
    </ApiContext>
  );
}

function Page({ address }: { readonly address: Address | undefined }): ReactNode {
  if (address === undefined) return <Empty>There is no such page.</Empty>;
  const { page, subject = "", query } = address;
  switch (page) {
    case "overview":
      return <OverviewPage />;
    case "events":
      return <EventsPage query={query} />;
    case "event":
      return <EventPage key={subject} eventId={subject} />;
    case "entity":
      return <EntityPage key={subject} entity={subject} />;
    case "dead-letters":
      return <DeadLettersPage query={query} />;
    case "quarantine":
      return <QuarantinePage query={query} />;
  }
}

/** What tells one tab of a browser from another. */
function titleOf(address: Address | undefined): string {
  return address === undefined ? "Hookwell" : `${address.subject ?? titles[address.page]} · Hookwell`;
}

function useAddress(): Address | undefined {
  const [address, setAddress] = useState(() => readAddress(location.hash));
  useEffect(() => {
    const read = (): void => setAddress(readAddress(location.hash));
    window.addEventListener("hashchange", read);
    return () => window.removeEventListener("hashchange", read);
  }, []);
  return address;
}
