import { momentFrom } from "../../api/moment.ts";
import { count } from "../../lib/amounts.ts";
import { openClient } from "../client/open-client.ts";
import type { ExitCode, Input } from "../command.ts";
import { openSenderClient } from "../sender/open-sender-client.ts";
import { statusLine } from "../view/status-line.ts";
import { reconcile, type Reconciled } from "./reconcile.ts";
import { jsonReport, textReport } from "./reconcile-report.ts";

/** `hookwell messages reconcile` */
export async function runReconcile({ options, io }: Input): Promise<ExitCode> {
  const sender = openSenderClient(options, io);
  await using ledger = await openClient(options, io);
  const now = io.now();
  const since = momentFrom(options.text("since") ?? "24h", now) ?? now;
  const apply = options.has("apply");
  const report = options.has("json") ? jsonReport(io, apply) : textReport(io);
  const so: Reconciled = { events: 0, asked: 0, missed: 0, queued: 0, unknown: 0, hours: null };
  {
    using _line = statusLine(io, () => ({
      text: `${count(so.events)} events read  ${count(so.asked)} messages asked for  ${count(so.missed)} missed`,
    }));
    await reconcile({ ledger, sender, since, now, apply, onMissed: report.missed }, so);
  }
  report.end(so);
  return so.missed > so.queued ? 1 : 0;
}
