import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { watchConnections } from "./connections.ts";

test("a connection that has ended is kept no longer", () => {
  const server = new EventEmitter();
  const connections = watchConnections(server as Server);
  const [ended, open] = [new Socket(), new Socket()];
  const destroyed = vi.spyOn(ended, "destroy");
  for (const socket of [ended, open]) server.emit("connection", socket);

  ended.emit("close");
  connections.endAll();

  expect([destroyed.mock.calls.length, open.destroyed]).toEqual([0, true]);
});
