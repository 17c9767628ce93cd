import type { Bench, Findings, Group } from "../bench.ts";
import { throughputRow } from "./throughput.ts";

export const batches: Group = {
  name: "batches",
  says: "arrays of 50 and 500 events",
  measure,
};

async function measure(bench: Bench): Promise<Findings> {
  const group = "batches";
  const fifty = { group, what: "arrays of 50, 20 connections", connections: 20, batch: 50, bar: null };
  const most = { group, what: "arrays of 500, 10 connections", connections: 10, batch: 500 };
  return {
    rows: [
      await throughputRow(bench, fifty),
      await throughputRow(bench, { ...most, bar: { of: "ratio", atLeast: 0.6 } }),
    ],
  };
}
