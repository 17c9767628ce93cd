import { memo, type ReactNode } from "react";
import { indentJson } from "../../../src/lib/indent-json.ts";
import { printableLines } from "../../../src/lib/printable.ts";

interface JsonProps {
  readonly text: string;
}

/**
 * JSON text with line breaks; every number keeps all its digits. Laid out only once: a body can be large, and what is
 * around it is drawn anew every two seconds.
 */
export const Json: React.MemoExoticComponent<(props: JsonProps) => ReactNode> = memo(({ text }) => (
  <pre>
    <code>{printableLines(indentJson(text))}</code>
  </pre>
));
