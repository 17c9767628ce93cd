const calls = new Set<() => void>();
const callAll = (): void => calls.forEach((call) => call());

/**
 * Calls this when the process ends by itself, such as by `process.exit` or an uncaught error, until it is disposed of.
 * One listener for all, since Node warns of many.
 */
export function atExit(call: () => void): Disposable {
  if (calls.size === 0) process.on("exit", callAll);
  calls.add(call);
  return {
    [Symbol.dispose]() {
      calls.delete(call);
      if (calls.size === 0) process.off("exit", callAll);
    },
  };
}
