/**
 * Waits between tries, in ms: short at first, for a moment's trouble, and never so long that an engine that is back is
 * missed for long.
 */
const firstPauseMs = 100;
export const longestPauseMs = 5_000;

/** How long to wait after so many failures in a row, in ms. */
export const pauseMs = (failures: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10));
