import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { schemaErrors, testApi } from "../../../test/support/program/api.ts";
import { apiRoutes } from "../api.ts";
import { openApiDocument } from "./openapi.ts";
import type { Media, Operation } from "./openapi-operation.ts";

const operations = Object.entries(openApiDocument.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]): [string, Operation] => [
    `${method.toUpperCase()} ${path}`,
    operation,
  ]),
);

test("the document is valid OpenAPI 3.1", async () => {
  const { json } = await testApi().call("GET", "/api/openapi.json");

  const result = await new Validator().validate(json as Record<string, unknown>);

  expect(result).toEqual({ valid: true });
});

test("every route is in the document, and nothing else", () => {
  const routes = apiRoutes(testApi().parts);

  const documented = operations.map(([name]) => name).sort();

  expect(documented).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});

test("every query key of a route is in the document, and nothing else", () => {
  const routes = apiRoutes(testApi().parts).map(({ method, path, query }) => [
    `${method} ${path}`,
    [...query].sort(),
  ]);

  const documented = operations.map(([name, { parameters = [] }]) => [
    name,
    parameters
      .filter((parameter) => parameter.in === "query")
      .map((parameter) => parameter.name)
      .sort(),
  ]);

  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(routes));
});

test.each(operations)(
  "%s tells that it answers a query that it does not know with 400",
  async (name, { responses }) => {
    const [method = "", path = ""] = name.split(" ");

    const { status } = await testApi().call(method, `${path.replaceAll(/\{\w+\}/g, "a")}?unknown=1`);

    expect(status).toBe(400);
    expect(Object.keys(responses)).toContain("400");
  },
);

test("every name in braces is a parameter of the path", () => {
  const named = operations.map(([name]) => [...name.matchAll(/\{(\w+)\}/g)].map(([, segment]) => segment));

  const documented = operations.map(([, { parameters = [] }]) =>
    parameters.filter((parameter) => parameter.in === "path").map((parameter) => parameter.name),
  );

  expect(documented).toEqual(named);
});

test("every operation has an id of its own", () => {
  const ids = operations.map(([, { operationId }]) => operationId);

  expect(new Set(ids).size).toBe(ids.length);
});

test("every example fits its schema", () => {
  const media: Media[] = operations.flatMap(([, { requestBody, responses }]) =>
    [requestBody, ...Object.values(responses)].flatMap((part) => Object.values(part?.content ?? {})),
  );
  const withExample = media.filter(({ example }) => example !== undefined);

  const errors = withExample.map(({ schema, example }) => schemaErrors(schema, example));

  expect(withExample.length).toBeGreaterThan(5);
  expect(errors.filter((error) => error !== "")).toEqual([]);
});
