import { expect, test } from "vitest";
import { testApi } from "../../test/support/program/api.ts";

test("the list of refused requests comes page by page", async () => {
  const { call, parts } = testApi();
  for (const id of ["q1", "q2", "q3"]) parts.quarantine.keep(id, Uint8Array.of(1));

  const first = (await call("GET", "/api/v1/quarantine?limit=2")).json as { items: object[]; next: string };
  const second = await call("GET", `/api/v1/quarantine?limit=2&cursor=${first.next}`);

  expect(first.items).toMatchObject([{ id: "q3" }, { id: "q2" }]);
  expect(second.json).toMatchObject({ items: [{ id: "q1", bytes: 1 }], next: null });
});

test("a refused body comes as the exact bytes, as nothing that a browser would show", async () => {
  const { call, parts } = testApi();
  const body = Buffer.from("<script>alert(1)</script>\0\u00ff");
  parts.quarantine.keep("q1", body);

  const answer = await call("GET", "/api/v1/quarantine/q1/body");

  expect(Buffer.from(answer.bytes)).toEqual(body);
  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
  expect(answer.headers.get("content-disposition")).toBe("attachment");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
});

test("a refused request can be removed, once", async () => {
  const { call, parts } = testApi();
  parts.quarantine.keep("q/1", Uint8Array.of(1));

  const answers = [
    await call("DELETE", "/api/v1/quarantine/q%2F1"),
    await call("DELETE", "/api/v1/quarantine/q%2F1"),
    await call("GET", "/api/v1/quarantine/q%2F1/body"),
  ];

  expect(answers.map(({ status }) => status)).toEqual([204, 404, 404]);
});

test("a recheck tells how many were checked and accepted", async () => {
  const { call, parts } = testApi();
  parts.quarantine.keep("q1", Uint8Array.of(1));

  const answer = await call("POST", "/api/v1/quarantine/recheck");

  expect(answer.json).toEqual({ checked: 1, accepted: 1 });
});
