import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromFile, Parser } from "@asyncapi/parser";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { schemaFiles, textOf } from "../scripts/schemas/files.ts";
import { titleOf } from "../src/schema/published.ts";
import { sample, sampleNames } from "../src/sandbox/samples.ts";

const json = (path: string): object =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as object;

const ajv = new Ajv2020({ allowUnionTypes: true });
ajv.addSchema(json("../docs/schemas/events.schema.json"), "events");
const isValid = (definition: string, event: unknown): boolean => ajv.validate(`events${definition}`, event);

test.each(schemaFiles)(
  "docs/$file is what `node scripts/docs.ts` writes",
  { timeout: 120_000 },
  ({ file, make }) => {
    expect(readFileSync(new URL(`../docs/${file}`, import.meta.url), "utf8")).toBe(textOf(make()));
  },
);

describe("the schemas of the events", () => {
  const parsed = (name: (typeof sampleNames)[number]): Record<string, unknown> => ({ ...sample(name) });

  test.each(sampleNames)("accept the sample of %s as itself, and as any event", (name) => {
    const event = parsed(name);

    expect(isValid(`#/$defs/${titleOf(name)}`, event)).toBe(true);
    expect(isValid("", event)).toBe(true);
  });

  test.each(sampleNames)("refuse %s without its data, under another name, or without its id", (name) => {
    const { payload, profileId, eventId, ...rest } = parsed(name);
    const others = {
      ...(payload !== undefined && { payload }),
      ...(profileId !== undefined && { profileId }),
    };

    expect(isValid("", { ...rest, eventId })).toBe(false);
    expect(isValid("", { ...rest, ...others })).toBe(false);
    expect(isValid(`#/$defs/${titleOf(name)}`, { ...rest, ...others, eventId, name: "other" })).toBe(false);
  });

  test("accept events and fields that nobody knows yet", () => {
    const event = parsed("message.sent");

    expect(isValid("", { eventId: "1", name: "session.start", anything: [1] })).toBe(true);
    expect(
      isValid("", { ...event, anything: 1, payload: { ...(event["payload"] as object), anything: 1 } }),
    ).toBe(true);
  });
});

test("the AsyncAPI document is one, together with the schemas that it names", async () => {
  const file = fileURLToPath(new URL("../docs/schemas/asyncapi.json", import.meta.url));

  const { diagnostics } = await fromFile(new Parser(), file).parse();

  expect(diagnostics.filter(({ code }) => code !== "asyncapi-latest-version")).toEqual([]);
});
