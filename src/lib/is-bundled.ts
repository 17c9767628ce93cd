/**
 * True if a bundler has put this module into a file with others. There nothing finds the modules of the threads, which
 * no import leads to; some formats do not even know where their file is.
 */
export const isBundled = (): boolean => !/\/is-bundled\.[jt]s(?:\?|$)/.test(import.meta.url);

/** What to do about it. */
export const leaveOut: string =
  "A bundler must leave the package hookwell out: --external:hookwell in esbuild, external in Rollup, " +
  "externals in webpack (docs/embed.md).";
