import { type ReactNode, useState } from "react";

interface StillProps<T> {
  /** The list as it is now. */
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly children: (items: readonly T[]) => ReactNode;
}

/** A list that does not move while the mouse is over it, so that nobody hits another row than the one aimed at. */
export function Still<T>({ items, keyOf, children }: StillProps<T>): ReactNode {
  const [held, setHeld] = useState<readonly T[]>();
  const shown = held === undefined ? items : inPlace(held, items, keyOf);
  return (
    <div
      className="still"
      onPointerEnter={({ pointerType }) => setHeld(pointerType === "touch" ? undefined : items)}
      onPointerLeave={() => setHeld(undefined)}
    >
      {held !== undefined && isNews(held, items, keyOf) && (
        <p className="soft">There is news. The list stands still while you point at it.</p>
      )}
      {children(shown)}
    </div>
  );
}

/** The rows that were there, each as it is now. What is gone stays only if what is new may have pushed it out. */
function inPlace<T>(held: readonly T[], items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const now = new Map(items.map((item) => [keyOf(item), item]));
  const rows = isNews(held, items, keyOf) ? held : held.filter((row) => now.has(keyOf(row)));
  return rows.map((row) => now.get(keyOf(row)) ?? row);
}

function isNews<T>(held: readonly T[], items: readonly T[], keyOf: (item: T) => string): boolean {
  const known = new Set(held.map(keyOf));
  return items.some((item) => !known.has(keyOf(item)));
}
