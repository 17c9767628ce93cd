import type { ReactNode } from "react";
import { Confirm } from "./confirm.tsx";

/** A button that removes something for good, after it has asked. */
export function Remove({ remove }: { readonly remove: () => Promise<void> }): ReactNode {
  return (
    <Confirm
      title="Remove"
      dangerous
      question={async () => "Remove it for good?"}
      act={async () => {
        await remove();
        return "Removed.";
      }}
    />
  );
}
