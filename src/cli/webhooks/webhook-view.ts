import type { Webhook } from "../../client/index.ts";
import { counted } from "../../lib/amounts.ts";
import { printable } from "../../lib/printable.ts";
import { withoutLogin } from "../../lib/without-login.ts";
import type { Io } from "../io.ts";
import { labelRow } from "../view/label-row.ts";
import { ageView, momentView } from "../view/moment-view.ts";
import type { Column } from "../view/table.ts";

/** What is printed for programs: everything but the secret. */
export function withoutSecret({ secret, ...webhook }: Webhook): object {
  return { ...webhook, hasSecret: secret !== undefined };
}

export function webhookColumns(io: Io): readonly Column<Webhook>[] {
  const { bold, dim } = io.stdout.palette;
  return [
    { title: "ID", cell: ({ id }) => printable(id), paint: bold, cut: "middle", least: 13 },
    { title: "NAME", cell: ({ name }) => printable(name), cut: "end" },
    { title: "URL", cell: ({ url }) => shownUrl(url), cut: "middle", least: 16 },
    { title: "EVENTS", cell: (webhook) => String(webhook.subscriptions?.length ?? 0), align: "right" },
    { title: "BATCH", cell: batchText, optional: true },
    {
      title: "CHANGED",
      cell: ({ updatedOn }) => (updatedOn === null ? "" : ageView(updatedOn, io)),
      paint: dim,
      optional: true,
    },
  ];
}

/** One registration, for people. */
export function webhookView(webhook: Webhook, io: Io): string {
  const { bold, dim } = io.stdout.palette;
  const row = (label: string, text: string): string => labelRow(label, text, io.stdout);
  const changed = webhook.updatedOn ?? webhook.createdOn;
  const subscriptions = webhook.subscriptions ?? [];
  return [
    `${bold(printable(webhook.name))}  ${shownUrl(webhook.url)}`,
    "",
    row("Id", printable(webhook.id)),
    ...(webhook.etag === null ? [] : [row("ETag", printable(webhook.etag))]),
    row("Secret", webhook.secret === undefined ? "none is shown" : "set"),
    row("Batch", batchText(webhook) || "one event a request"),
    ...(changed === null ? [] : [row("Changed", momentView(changed, io))]),
    "",
    bold(counted(subscriptions.length, "event")),
    ...subscriptions.map(({ type = "", filters = [] }) => {
      const conditions = filters.map(({ name = "", value = "" }) => printable(`${name}=${value}`));
      return `  ${printable(type)}${conditions.length === 0 ? "" : `  ${dim(conditions.join(" "))}`}`;
    }),
    "",
  ].join("\n");
}

const shownUrl = (url: string): string => printable(withoutLogin(url));

/** `500, 5 s`, as far as the service says. */
function batchText({ batch, maxBatchSize, batchTimeout }: Webhook): string {
  if (batch !== true) return "";
  const parts = [maxBatchSize?.toString(), batchTimeout === undefined ? undefined : `${batchTimeout} s`];
  return parts.filter((part) => part !== undefined).join(", ") || "on";
}
