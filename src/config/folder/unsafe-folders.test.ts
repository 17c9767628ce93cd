import { expect, test } from "vitest";
import { loadConfig } from "../load-config.ts";
import { unsafeFolders } from "./unsafe-folders.ts";

const onServers = { HOOKWELL_QUEUE: "redis://127.0.0.1", HOOKWELL_LEDGER: "postgres://127.0.0.1/db" };
const ledgerElsewhere = { HOOKWELL_LEDGER: "sqlite:/dev/shm/elsewhere/ledger.db" };
const here = "/dev/shm/data";

test.skipIf(process.platform !== "linux").for([
  { what: "queue and ledger in the data folder", env: {}, data: here, folders: [here] },
  {
    what: "a queue elsewhere, and a ledger on a disk",
    env: { HOOKWELL_QUEUE: "sqlite:/dev/shm/elsewhere/queue.db" },
    data: "/proc",
    folders: ["/dev/shm/elsewhere"],
  },
  { what: "what waits for a server", env: onServers, data: here, folders: [here] },
  {
    what: "nothing that waits for one",
    env: { ...onServers, HOOKWELL_SPILL: "off" },
    data: here,
    folders: [],
  },
  { what: "what waits for a server, of a worker", env: onServers, receives: false, data: here, folders: [] },
  { what: "a ledger elsewhere", env: ledgerElsewhere, data: "/proc", folders: ["/dev/shm/elsewhere"] },
  { what: "that of others", env: ledgerElsewhere, withLedger: false, data: "/proc", folders: [] },
])("of $what: $folders", async ({ env, data, folders, receives = true, withLedger = true }) => {
  const config = await loadConfig({ env, flags: { data }, cwd: "/" });

  const unsafe = unsafeFolders(config, { receives, withLedger });

  expect(unsafe.map(({ folder }) => folder)).toEqual(folders);
});
