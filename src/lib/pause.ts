/** Waits between tries, in ms: short at first, for a moment's trouble; then not too long to come back soon. */
const firstPauseMs = 100;
export const longestPauseMs = 5_000;

/** How long to wait after so many failures in a row, in ms. */
export const pauseMs = (failures: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10));
