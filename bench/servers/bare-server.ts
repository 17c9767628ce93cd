import { join } from "node:path";
import { type Contender, secret, senderSigning } from "./contender.ts";
import { listens } from "./http.ts";
import { freePort } from "../../test/support/network/free-port.ts";
import { startProgram } from "./program.ts";

/** The 30 lines that keep nothing. */
export const bare: Contender = {
  name: "bare",
  guarantees: "genuine, and forgotten",
  path: "/",
  signing: senderSigning,
  expected: () => "{}",
  start: async (folder) => {
    const port = Number(await freePort());
    return startProgram(port, {
      command: process.execPath,
      args: [join(import.meta.dirname, "../bare.ts")],
      folder,
      env: { PORT: String(port), HOOKWELL_SECRET: secret },
      ready: listens,
    });
  },
};
