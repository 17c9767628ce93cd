import { useEffect, useState } from "react";

/** The name under which a tab keeps the token, and asks other tabs for it. */
const key = "hookwell.token";

type Word =
  | { readonly kind: "asked"; readonly by: string }
  | { readonly kind: "told"; readonly to: string; readonly token: string };

/**
 * The token of the visitor. Each tab keeps it until it is closed; a tab that is opened beside another one, such as by a
 * link, asks the other for it.
 */
export function useToken(): readonly [string | null, (token: string | null) => void] {
  const [token, setToken] = useState(() => sessionStorage.getItem(key));
  const keep = (given: string | null): void => {
    if (given === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, given);
    setToken(given);
  };
  useEffect(() => {
    const others = new BroadcastChannel(key);
    const name = String(Math.random());
    // A tab that has signed out must not be signed in again by an answer meant for another.
    let isAsking = sessionStorage.getItem(key) === null;
    others.addEventListener("message", ({ data }: MessageEvent<Word>) => {
      const own = sessionStorage.getItem(key);
      if (data.kind === "asked" && own !== null)
        others.postMessage({ kind: "told", to: data.by, token: own } satisfies Word);
      if (data.kind === "told" && data.to === name && isAsking && own === null) {
        isAsking = false;
        keep(data.token);
      }
    });
    if (isAsking) others.postMessage({ kind: "asked", by: name } satisfies Word);
    return () => others.close();
  }, []);
  return [token, keep];
}
