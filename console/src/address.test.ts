import { expect, test } from "vitest";
import { hrefOf, readAddress } from "./address.ts";

test.each(["", "#", "#/", "#/?"])("%j is the overview", (hash) => {
  expect(readAddress(hash)).toEqual({ page: "overview", query: {} });
});

test.each(["events", "dead-letters", "quarantine"] as const)("%s are found with their conditions", (page) => {
  const query = { name: "message.*", text: "a & b = #c?", since: "24h" };

  expect(readAddress(hrefOf(page, { query }))).toEqual({ page, query });
});

test.each(["e1", "a/b?c#d%2F", "..", "ä 漢 😀"])("the event %j is found again", (subject) => {
  expect(readAddress(hrefOf("event", { subject }))).toEqual({ page: "event", subject, query: {} });
  expect(readAddress(hrefOf("entity", { subject }))).toEqual({ page: "entity", subject, query: {} });
});

test("conditions that were left empty are none", () => {
  expect(hrefOf("events", { query: { name: "", status: "dead" } })).toBe("#/events?status=dead");
  expect(readAddress("#/events?name=&status=dead")?.query).toEqual({ status: "dead" });
});

test.each(["#/nowhere", "#/events/a/b", "#/quarantine/a", "#/entities"])("%s leads nowhere", (hash) => {
  expect(readAddress(hash)).toBeUndefined();
});

test("what somebody typed and is not encoded is taken as it is", () => {
  expect(readAddress("#/events/100%")?.subject).toBe("100%");
});
