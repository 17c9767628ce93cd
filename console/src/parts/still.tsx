import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

interface StillProps<T> {
  /** The list as it is now; new with each answer. */
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly children: (items: readonly T[]) => ReactNode;
}

/** A list that does not move while somebody reads it, so that nobody loses the place or hits another row. */
export function Still<T>({ items, keyOf, children }: StillProps<T>): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState(items);
  useLayoutEffect(() => {
    if (list.current === null || !isRead(list.current)) setHeld(items);
  }, [items]);
  const show = (): void => {
    setHeld(items);
    window.scrollTo(0, 0);
  };
  return (
    <div className="still" ref={list}>
      {isNews(held, items, keyOf) && (
        <p className="news" role="status">
          There are new entries. The list does not move while you read it.{" "}
          <button type="button" onClick={show}>
            Show
          </button>
        </p>
      )}
      {children(inPlace(held, items, keyOf))}
    </div>
  );
}

const withMouse = window.matchMedia("(hover: hover)");

/** True if the mouse or the keyboard is in the list, something in it is open, or its beginning is scrolled away. */
function isRead(list: HTMLElement): boolean {
  return (
    (withMouse.matches && list.matches(":hover")) ||
    list.querySelector(":focus-visible, details[open]") !== null ||
    list.getBoundingClientRect().top < 0
  );
}

/**
 * The rows that were there, each as it is now. A row that is gone stays only if new ones may have pushed it out of the
 * page.
 */
function inPlace<T>(held: readonly T[], items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const now = new Map(items.map((item) => [keyOf(item), item]));
  const rows = isNews(held, items, keyOf) ? held : held.filter((row) => now.has(keyOf(row)));
  return rows.map((row) => now.get(keyOf(row)) ?? row);
}

function isNews<T>(held: readonly T[], items: readonly T[], keyOf: (item: T) => string): boolean {
  const known = new Set(held.map(keyOf));
  return items.some((item) => !known.has(keyOf(item)));
}
