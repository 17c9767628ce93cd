/** The sender's waits before each retry, in s; after the last one it gives up. */
const waits = [
  5, 5, 30, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400, 14_400, 14_400,
];

/**
 * How long the sender waits after so many failures, in ms; undefined once it gives up.
 *
 * @param timeScale how much faster than the real one the sender's day passes
 */
export function waitAfter(failures: number, timeScale: number): number | undefined {
  const seconds = waits[failures - 1];
  return seconds === undefined ? undefined : (seconds * 1_000) / timeScale;
}
