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

test("a copy of which a new leader has heard nothing is away after a while, though it counts as active", () => {
  // What NATS 2.15.1 answered after the server that had led the stream was killed.
  const replicas = [
    { name: "killed", current: false, active: 0, lag: 3, peer: "rRRil12C" },
    { name: "there", current: true, active: 11_947_685, peer: "NxxZFuJy" },
  ];
  const awayAt = (ts: string, leader_since: string | undefined): readonly string[] => {
    const config = { name: "hookwell", discard: "new", max_msg_size: -1 };
    const stream = { config, state, ts, cluster: { leader_since, replicas } } as unknown as StreamInfo;
    const server = { version: "2.15.1", max_payload: enough };
    return natsReport({ server, stream }).warnings.map((text) => text.split(". ")[0] ?? "");
  };

  const since = "2026-12-01T02:47:01.943261113Z";
  expect(awayAt("2026-12-01T02:47:09.043261113Z", since)).toEqual([
    "killed, which has a copy of the stream, has been silent for 7.1 s",
  ]);
  // One that was chosen just now has not had the time to hear of the others.
  expect(awayAt("2026-12-01T02:47:03.043261113Z", since)).toEqual([]);
  // Older servers do not say since when they lead, and tell the silence by `active`.
  expect(awayAt("2026-12-01T02:47:09.043261113Z", undefined)).toEqual([]);
});

test("several copies are not said to survive more than they do where NATS flushes later", () => {
  const { durability, warnings } = natsReport({
    server: { version: "2.10.27", max_payload: enough },
    stream: undefined,
    replicas: 3,
  });

  expect(durability).toContain("a power cut while they lag behind, only with sync_interval: always");
  expect(warnings).toEqual([]);
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
