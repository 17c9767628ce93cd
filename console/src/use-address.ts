import { useEffect, useLayoutEffect, useState } from "react";
import { type Address, readAddress } from "./address.ts";

/** Where the visitor is. Who comes back finds the page scrolled as it was, and the focus on the row that led away. */
export function useAddress(): Address | undefined {
  const [{ hash, left }, go] = useState({ hash: location.hash, left: "" });
  useEffect(() => {
    const went = (): void => {
      // Each page begins above. Back on one that was left scrolled, the browser scrolls after this.
      window.scrollTo(0, 0);
      go(({ hash }) => ({ hash: location.hash, left: hash }));
    };
    window.addEventListener("popstate", went);
    return () => window.removeEventListener("popstate", went);
  }, []);
  useLayoutEffect(() => {
    const row = document.querySelector<HTMLElement>(`table a[href="${CSS.escape(left)}"]`);
    row?.focus({ preventScroll: true });
  }, [hash, left]);
  return readAddress(hash);
}
