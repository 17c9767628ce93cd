/** How far a page is scrolled. It is kept with the entry of the history, so a reload does not lose it. */
interface Place {
  readonly top: number;
}

/** Keeps the place in the current entry from now on; returns how to stop that. */
export function keepPlaces(): () => void {
  const keep = (): void => history.replaceState({ top: window.scrollY } satisfies Place, "");
  document.addEventListener("scrollend", keep);
  // A click may lead away before the scrolling has come to its end; a key pressed on a link is a click, too.
  document.addEventListener("click", keep, { capture: true });
  return () => {
    document.removeEventListener("scrollend", keep);
    document.removeEventListener("click", keep, { capture: true });
  };
}

/** The place in the current entry; undefined if nobody has scrolled in it. */
export const keptPlace = (): number | undefined => (history.state as Place | null)?.top;

/**
 * Scrolls back to where the visitor was. The browser does that by itself if the page is there at once; but after a
 * reload, what it shows has to be asked for first.
 *
 * @param left the page that the visitor comes from: the row that led to it gets the focus
 * @returns gives up
 */
export function comeBack(top: number, left: string): () => void {
  const given = new AbortController();
  const { signal } = given;
  let isThere = false;
  const watch = new ResizeObserver(() => {
    if (!isThere) window.scrollTo(0, top);
    isThere ||= Math.abs(window.scrollY - top) <= 1;
    if (isThere && focusRow(left)) given.abort();
  });
  signal.addEventListener("abort", () => watch.disconnect());
  watch.observe(document.body);
  // A visitor who does something is where they want to be.
  for (const deed of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    window.addEventListener(deed, () => given.abort(), { signal, passive: true });
  }
  return () => given.abort();
}

/** Focuses the row that leads to this page; returns false if there is none. */
export function focusRow(href: string): boolean {
  const row = document.querySelector<HTMLElement>(`table a[href="${CSS.escape(href)}"]`);
  row?.focus({ preventScroll: true });
  return row !== null;
}
