import { expect, test } from "vitest";
import { testApi } from "../../test/support/program/api.ts";
import { requireToken } from "./auth.ts";

const token = "t0ken-of-this-installation";

async function fetchWith(path: string, authorization?: string): Promise<Response> {
  const api = requireToken(token, testApi().api);
  const headers = authorization === undefined ? {} : { authorization };
  return api.fetch(new Request(`http://local${path}`, { headers }));
}

test.each([`Bearer ${token}`, `bearer   ${token}`])("%s opens the API", async (authorization) => {
  const response = await fetchWith("/api/v1/stats", authorization);

  expect(response.status).toBe(200);
});

test.each([
  undefined,
  "Bearer",
  "Bearer ",
  "Bearer wrong",
  `Bearer ${token}x`,
  `Bearer ${token.slice(1)}`,
  `Basic ${token}`,
  token,
])("without the token (%s) the answer is 401", async (authorization) => {
  const response = await fetchWith("/api/v1/stats", authorization);

  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toBe("Bearer");
  // Where it is found, too: who asks by hand has no other page that tells.
  const message = expect.stringMatching(/`Authorization: Bearer …`.*HOOKWELL_TOKEN.*`token`/) as string;
  expect(await response.json()).toMatchObject({ error: { code: "UNAUTHORIZED", message } });
});

test.each(["/api/v1/nothing", "/api/openapi.json/more", "/api/schemas/"])(
  "%s, which does not exist, is not told from what does",
  async (path) => {
    const response = await fetchWith(path);

    expect(response.status).toBe(401);
  },
);

test.each(["/api/openapi.json", "/api/asyncapi.json", "/api/schemas/events"])(
  "%s needs no token",
  async (path) => {
    const response = await fetchWith(path);

    expect(response.status).toBe(200);
  },
);
