import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { dead, process, replayOf } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");
const dayMs = 86_400_000;

test.skipIf(!isThere)(
  "a replay of an event that was handled twice, since it came again after weeks, leaves the older row as it is",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    // Of one with a time its repeat would be known.
    const older = aMessage({ occurredAt: null, receivedAt: Date.now() - 20 * dayMs });
    const newer = { ...replayOf(older), receivedAt: Date.now(), replay: false };
    await process(ledger, older, dead("gave up"));
    await process(ledger, newer, dead("gave up again"));

    const replay = replayOf(newer);
    await ledger.reopen(replay.eventId, replay.copy);
    await process(ledger, replay);

    expect((await ledger.stats()).events).toMatchObject({ dead: 1, handled: 1, pending: 0 });
    await ledger.close();
  },
);
