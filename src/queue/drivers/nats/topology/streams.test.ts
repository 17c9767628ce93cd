import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { expect, test, vi } from "vitest";
import { apiErrors } from "../errors.ts";
import { declareStreams, type NatsPlan } from "./streams.ts";

const plan: NatsPlan = { name: "hookwell", replicas: 3, leaseMs: 30_000, shown: "", isLook: false };
const config = { retention: "workqueue", num_replicas: 1 };
const refused = (code: number): Error => Object.assign(new Error("refused"), { code });

/** A server on which both streams are there as these say, or are not. */
function serverWith(there: object | undefined) {
  const made = (name: string, more: object) => ({ name, config: { ...config, ...more } });
  const update = vi.fn(async (name: string, more: object) => made(name, more));
  const add = vi.fn(async ({ name, ...more }: { readonly name: string }) => made(name, more));
  const info = async () => {
    if (there === undefined) throw refused(apiErrors.streamNotFound);
    return there as StreamInfo;
  };
  return { update, add, manager: { streams: { info, update, add } } as unknown as JetStreamManager };
}

test("both streams get the copies that are asked for, when they are made and later", async () => {
  const none = serverWith(undefined);
  await declareStreams(none.manager, plan);
  expect(none.add.mock.calls).toMatchObject([[{ num_replicas: 3 }], [{ num_replicas: 3 }]]);

  const single = serverWith({ config, cluster: { name: "one" } });
  await declareStreams(single.manager, plan);
  const copies = { num_replicas: 3 };
  expect(single.update.mock.calls).toEqual([
    ["hookwell", copies],
    ["hookwell-attempts", copies],
  ]);
});

test.each([
  ["asks for the copies that there are", { ...plan, replicas: 1 }],
  ["asks for no number of them", { ...plan, replicas: undefined }],
  ["only looks", { ...plan, isLook: true }],
])("who %s changes nothing", async (_, asked) => {
  const { manager, update } = serverWith({ config, cluster: { name: "one" } });

  await declareStreams(manager, asked);

  expect(update).not.toHaveBeenCalled();
});

test("a server alone keeps no more copies than one, also of a stream that is there", async () => {
  const message = expect.stringContaining("has ?replicas=3, but its NATS server is in no cluster");
  const none = serverWith(undefined);
  none.add.mockRejectedValue(refused(apiErrors.noCluster));

  await expect(declareStreams(none.manager, plan)).rejects.toMatchObject({ message });
  await expect(declareStreams(serverWith({ config }).manager, plan)).rejects.toMatchObject({ message });
});
