#!/usr/bin/env node
// Old versions of Node, and what is not Node, must be able to read this file, so that they can say what is wrong.
"use strict";

var versions = process.versions;
var other = versions.bun ? "Bun " + versions.bun : versions.deno && "Deno " + versions.deno;
if (other || Number(versions.node.split(".")[0]) < 24) {
  process.stderr.write(
    "Hookwell needs Node 24 or newer; this is " +
      (other || "Node " + versions.node) +
      ". Install Node from https://nodejs.org/\n",
  );
  process.exit(2);
}

import("../dist/cli/run.js").catch(function (error) {
  if (error && error.code === "ERR_MODULE_NOT_FOUND" && /dist[\\/]cli[\\/]run\.js/.test(error.message)) {
    process.stderr.write("Hookwell is not built yet: run `npm run build` in its folder.\n");
    process.exit(2);
  }
  throw error;
});
