import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { senderApiTypes, typesFile } from "../scripts/sender-api/types.ts";

test("the types of the sender's REST API are what `npm run generate` writes", async () => {
  expect(readFileSync(typesFile, "utf8")).toBe(await senderApiTypes());
});
