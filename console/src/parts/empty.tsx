import type { ReactNode } from "react";

/** Shown in place of an empty list. */
export function Empty({ children }: { readonly children: ReactNode }): ReactNode {
  return <p className="empty">{children}</p>;
}
