import { expect, test } from "vitest";
import { memberOf, pathTree, valueAt } from "./path-tree.ts";

test("paths that begin the same share their nodes", () => {
  const { byPath, size } = pathTree(["payload.id", "payload.context.id", "payload.id", "id"]);

  expect(size).toBe(5);
  expect([...byPath.keys()]).toEqual(["payload.id", "payload.context.id", "id"]);
  expect(new Set([...byPath.values()].map(({ index }) => index)).size).toBe(3);
});

test("a node is found by the bytes of its key, among those of the same length too", () => {
  const { root, byPath } = pathTree(["abc", "abd", "ü", "ab"]);
  const bytes = Buffer.from("xabdüab");

  const found = [memberOf(root, bytes, 1, 4), memberOf(root, bytes, 4, 6), memberOf(root, bytes, 6, 8)];

  expect(found).toEqual([byPath.get("abd"), byPath.get("ü"), byPath.get("ab")]);
  expect([memberOf(root, bytes, 0, 3), memberOf(root, bytes, 0, 7), memberOf(root, bytes, 2, 2)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a value is reached by own properties only", () => {
  const json: unknown = JSON.parse('{"a":{"b":[1,{"c":null}]},"__proto__":{"d":2}}');

  const values = ["a.b.0", "a.b.1.c", "a.b.length", "a.c", "a.b.0.x", "d", "__proto__.d", "toString"].map(
    (path) => valueAt(json, path),
  );

  expect(values).toEqual([1, null, 2, undefined, undefined, undefined, 2, undefined]);
});
