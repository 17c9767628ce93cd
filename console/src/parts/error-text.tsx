import type { ReactNode } from "react";
import { printableLines } from "../../../src/lib/printable.ts";

/** Why an attempt failed, line by line. */
export function ErrorText({ error }: { readonly error: string | null }): ReactNode {
  return error !== null && <span className="error">{printableLines(error)}</span>;
}
