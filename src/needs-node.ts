/** What other runtimes that offer Node's modules call themselves in `process.versions`. */
const others = { bun: "Bun", deno: "Deno" };

// Imported before all else: some of what Hookwell relies on is missing there, and fails only when an event comes. What
// `node:module` lacks in Bun is not imported by name anywhere, since that fails before this can say why.
for (const [key, name] of Object.entries(others)) {
  const found = process.versions[key];
  if (found === undefined) continue;
  throw new Error(
    `Hookwell needs Node 24 or newer; this is ${name} ${found}. Install Node from https://nodejs.org/`,
  );
}
