import { useEffect, useState } from "react";

/** Under this name a tab keeps the token, and asks others for it. */
const key = "hookwell.token";

type Word =
  | { readonly kind: "asked"; readonly by: string }
  | { readonly kind: "told"; readonly to: string; readonly token: string };

/**
 * The token of the visitor. Each tab keeps it until it is closed; one that was opened beside another, such as by a link,
 * asks that for it.
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
    // A tab that signed out must not be signed in by what another is told.
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
