import type { StreamInfo } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { natsReport } from "./report.ts";

const enough = 16 * 1024 * 1024;
const state = { messages: 0, bytes: 0 };

test("of the servers with a copy, those that are away or silent for long are told", () => {
  const replicas = [
    { name: "gone", offline: true, active: 1e9 },
    { name: "silent", offline: false, active: 6e9 },
    { name: "there", offline: false, active: 1e9 },
  ];
  const stream = {
    config: { name: "hookwell", discard: "new", max_msg_size: -1 },
    state,
    cluster: { replicas },
  };

  const { warnings } = natsReport({
    server: { version: "2.10.27", max_payload: enough },
    stream: stream as unknown as StreamInfo,
  });

  expect(warnings.map((text) => text.split(",")[0])).toEqual(["gone", "silent"]);
  expect(warnings[0]).toContain("with no more than half of the 4 copies nothing is taken");
});

test("what takes the largest events is enough, and what does not is told with its limit", () => {
  const warningsOf = (maxPayload: number, max_msg_size: number): readonly string[] => {
    const config = { name: "hookwell", discard: "new", max_msg_size };
    const stream = {
      config,
      state,
      cluster: { replicas: [{ name: "other", active: 0 }] },
    } as unknown as StreamInfo;
    return natsReport({ server: { version: "2.10.27", max_payload: maxPayload }, stream }).warnings.map(
      (text) => text.split(":")[0] ?? "",
    );
  };

  expect(warningsOf(enough, -1)).toEqual([]);
  expect(warningsOf(enough, enough)).toEqual([]);
  expect(warningsOf(enough - 1_048_576, 1_024)).toEqual([
    "max_payload is 15 MB",
    "max_msg_size of hookwell is 1.0 KB",
  ]);
});
