/**
 * An app as the vendor's samples show it: express, its body-parser with the usual limit of 100 kB, the HMAC over the
 * body printed again, each event to the console.
 */
import { createHmac } from "node:crypto";
import express from "express";

const secret = process.env["HOOKWELL_SECRET"] ?? "";
const app = express();

app.use(express.json());
app.post("/", (request, response) => {
  const hash = createHmac("sha1", secret).update(JSON.stringify(request.body)).digest("hex");
  if (request.get("x-comapi-signature") !== hash) {
    response.status(401).send("The signature does not match.");
    return;
  }
  console.log("Received an event", JSON.stringify(request.body, null, 2));
  response.sendStatus(200);
});

app.listen(Number(process.env["PORT"]), "127.0.0.1");
