import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { type OwnSchema, ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import type { Message } from "../../../event/message.ts";
import { aMessage } from "../../../testing/builders.ts";
import { settled } from "../../../testing/ledger-driver/harness.ts";
import type { LedgerDriver } from "../../driver.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");

// With lc_messages = cs_CZ the severity of an error is a Czech word.
describe.skipIf(!isThere)("what a server refuses in another language than English", () => {
  let schema: OwnSchema;
  let line: Line;
  let ledger: LedgerDriver;
  let message: Message;

  beforeEach(async () => {
    schema = ownSchema();
    line = await Line.to(engineUrls.postgres);
    line.translate("SERROR\0", "SCHYBA\0");
    ledger = await openPostgresLedger(line.through(schema.url));
    await ledger.share(1);
    message = aMessage();
    await ledger.admit([message]);
  });
  afterEach(async () => {
    await ledger.close();
    await line[Symbol.asyncDispose]();
    await schema[Symbol.asyncDispose]();
  });

  test("makes the event fail, with the reason", async () => {
    const { client, commit } = await ledger.transaction(5_000);
    await client.query("select 1/0").catch(() => undefined);

    const error = expect.objectContaining({ severity: "CHYBA", message: "division by zero" }) as Error;
    expect(await commit(settled(message))).toEqual({ kind: "failed", error });
  });

  test("does no harm if the handler takes it back", async () => {
    const { client, commit } = await ledger.transaction(5_000);
    await client.query("savepoint mine");
    await client.query("select 1/0").catch(() => undefined);
    await client.query("rollback to mine");

    expect(await commit(settled(message))).toEqual({ kind: "committed" });
  });
});
