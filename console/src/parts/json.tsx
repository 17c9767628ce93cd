import type { ReactNode } from "react";
import { indentJson } from "../../../src/lib/indent-json.ts";

/** JSON text with line breaks; every number keeps all its digits. */
export function Json({ text }: { readonly text: string }): ReactNode {
  return (
    <pre>
      <code>{indentJson(text)}</code>
    </pre>
  );
}
