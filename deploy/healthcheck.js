// Exits with 0 if the Hookwell in this container is alive, otherwise with 1; for HEALTHCHECK. Asks /healthz and not
// /readyz: a restart does not cure an engine that is down.
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

const { PORT = "3000", HOOKWELL_TLS_CERT = "" } = process.env;
const secure = HOOKWELL_TLS_CERT !== "";
const url = `${secure ? "https" : "http"}://127.0.0.1:${PORT}/healthz`;
// The certificate names the public host, not this address; and nothing is told to whoever answers.
const options = { timeout: 4_000, ...(secure ? { rejectUnauthorized: false } : {}) };

const question = (secure ? httpsRequest : httpRequest)(url, options, (answer) => {
  process.exit(answer.statusCode === 200 ? 0 : 1);
});
question.on("timeout", () => question.destroy(new Error("no answer in time")));
question.on("error", (error) => {
  process.stderr.write(`${url}: ${error.message}\n`);
  process.exit(1);
});
question.end();
