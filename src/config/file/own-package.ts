import nodeModule from "node:module";

/** The public door of this very Hookwell, as source or as built. */
const door = (): string =>
  new URL(import.meta.url.endsWith(".ts") ? "../../index.ts" : "../../index.js", import.meta.url).href;

/**
 * Runs an import in which `hookwell` is found even where it is not installed, such as in a folder that uses a Hookwell
 * installed for the whole machine. One that is installed there wins.
 */
export async function withOwnPackage<T>(load: () => Promise<T>): Promise<T> {
  const hooks = nodeModule.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (specifier !== "hookwell") throw error;
        return { url: door(), shortCircuit: true };
      }
    },
  });
  try {
    return await load();
  } finally {
    hooks.deregister();
  }
}
