import { expect, test } from "vitest";
import { startSandbox } from "../../test/support/sandbox/start-sandbox.ts";

test("a registration has a new etag after each change, and who made it", async () => {
  const { sandbox, register } = startSandbox();
  const { id, etag, webhook } = register();
  await sandbox.advance(1_000);

  const updated = sandbox.webhooks.update(id, { ...webhook, name: "renamed" });

  expect(updated?.etag).not.toBe(etag);
  expect(updated?.lastModified).toBe("2026-01-01T00:00:01.000Z");
  expect(updated?.webhook).toMatchObject({
    name: "renamed",
    _createdOn: webhook._createdOn,
    _createdBy: "sandbox",
    _updatedBy: "sandbox",
  });
});

test("a deleted registration is found only by those who ask for it", () => {
  const { sandbox, register } = startSandbox();
  const { id } = register();

  const removed = [sandbox.webhooks.remove(id), sandbox.webhooks.remove(id)];

  expect(removed).toEqual([true, false]);
  expect([sandbox.webhooks.list(), sandbox.webhooks.get(id)]).toEqual([[], undefined]);
  expect(sandbox.webhooks.list(true)).toMatchObject([{ id, deleted: true }]);
  expect(sandbox.webhooks.get(id, true)).toMatchObject({ id, deleted: true });
});
