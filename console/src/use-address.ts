import { useEffect, useLayoutEffect, useState } from "react";
import { type Address, readAddress } from "./address.ts";
import { comeBack, focusRow, keepPlaces, keptPlace } from "./place.ts";

/** Where the visitor is. Coming back, they find the page scrolled as it was, and the focus on the row that led away. */
export function useAddress(): Address | undefined {
  const [{ hash, left, top }, go] = useState({ hash: location.hash, left: "", top: keptPlace() });
  useEffect(() => {
    const went = (): void => {
      const top = keptPlace();
      // Each page begins at its top. On the way back to a page that was left scrolled, the browser scrolls after this.
      window.scrollTo(0, 0);
      go(({ hash }) => ({ hash: location.hash, left: hash, top }));
    };
    window.addEventListener("popstate", went);
    return () => window.removeEventListener("popstate", went);
  }, []);
  useEffect(keepPlaces, []);
  useLayoutEffect(() => {
    focusRow(left);
    return top === undefined ? undefined : comeBack(top, left);
  }, [hash, left, top]);
  return readAddress(hash);
}
