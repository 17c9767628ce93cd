import type { ReactNode } from "react";

/** In the place of a list in which nothing is. */
export function Empty({ children }: { readonly children: ReactNode }): ReactNode {
  return <p className="empty">{children}</p>;
}
