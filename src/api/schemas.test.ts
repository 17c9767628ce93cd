import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { testApi } from "../../test/support/program/api.ts";
import { sample, sampleNames } from "../sandbox/samples.ts";

const schemaOf = async (name: string): Promise<object> => {
  const { text, headers } = await testApi().call("GET", `/api/schemas/${name}`);
  expect(headers.get("content-type")).toBe("application/schema+json");
  return JSON.parse(text) as object;
};

test.each(sampleNames)("the schema of %s stands by itself, and takes the sample alone", async (name) => {
  const ajv = new Ajv2020({ allowUnionTypes: true });

  const schema = await schemaOf(name);

  expect(ajv.validate(schema, sample(name))).toBe(true);
  expect(ajv.validate(schema, { ...sample(name), name: "other" })).toBe(false);
});

test("the schema of all events takes any, and the AsyncAPI document names it by its address", async () => {
  const ajv = new Ajv2020({ allowUnionTypes: true });
  const asyncApi = "/api/asyncapi.json";

  const schema = await schemaOf("events");
  const { text } = await testApi().call("GET", asyncApi);

  expect(ajv.validate(schema, sample("message.sent"))).toBe(true);
  const [, named = ""] = /"\$ref":\s*"(\.[^"]+)"/.exec(text) ?? [];
  expect(new URL(named, `http://local${asyncApi}`).pathname).toBe("/api/schemas/events");
});

test.each(["message.snet", "events.schema.json", "__proto__"])(
  "there is no schema %s, and the answer names those that there are",
  async (name) => {
    const { status, json } = await testApi().call("GET", `/api/schemas/${name}`);

    expect(status).toBe(404);
    const message = expect.stringMatching(/there are events, .*message\.sent,/) as string;
    expect(json).toMatchObject({ error: { code: "NO_SUCH_SCHEMA", message } });
  },
);
