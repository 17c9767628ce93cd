import type { ReactNode } from "react";

/** Says what went wrong; nothing if nothing did. */
export function Trouble({ error }: { readonly error: Error | undefined }): ReactNode {
  if (error === undefined) return null;
  return (
    <p className="trouble" role="alert">
      {error.message}
    </p>
  );
}
