/** Holds the lock of a database for a while: `node hold-lock.ts FILE read|write MS`. */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const [path = "", how = "write", ms = "1000"] = process.argv.slice(2);
const db = new DatabaseSync(path, { timeout: 10_000 });
// A reader gets its view of the file with its first look.
db.exec(how === "write" ? "begin immediate" : "begin; select count(*) from sqlite_schema");
await sleep(Number(ms));
db.exec("rollback");
db.close();
