import { readFileSync, writeFileSync } from "node:fs";
import { senderApiTypes, typesFile } from "./sender-api/types.ts";

/** Writes the types of the sender's REST API. A test fails while they are out of date. */
const types = await senderApiTypes();
if (types !== readFileSync(typesFile, "utf8")) {
  writeFileSync(typesFile, types);
  process.stdout.write("src/sender-api/management-api.ts written\n");
}
