#!/usr/bin/env node
// Old versions of Node must be able to read this file, so that they can say what is wrong.
"use strict";

var found = process.versions.node;
if (Number(found.split(".")[0]) < 24) {
  process.stderr.write(
    "Hookwell needs Node 24 or newer; this is Node " + found + ". Install it from https://nodejs.org/\n",
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
