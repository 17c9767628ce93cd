import type { ReactNode } from "react";

/** Says what went wrong; nothing if nothing did. */
export function Trouble({ says }: { readonly says: string | undefined }): ReactNode {
  if (says === undefined) return null;
  return (
    <p className="trouble" role="alert">
      {says}
    </p>
  );
}
