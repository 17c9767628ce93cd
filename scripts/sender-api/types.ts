import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { format, type FormatOptions } from "oxfmt";

const document = new URL("../../src/sender-api/management-api.json", import.meta.url);
const style = new URL("../../.oxfmtrc.json", import.meta.url);

/** Where the types are kept. */
export const typesFile: URL = new URL("../../src/sender-api/management-api.ts", import.meta.url);

/** The types of the sender's REST API, made from its OpenAPI document and formatted like the other files. */
export async function senderApiTypes(): Promise<string> {
  const types = COMMENT_HEADER + astToString(await openapiTS(document));
  const options = JSON.parse(readFileSync(style, "utf8")) as FormatOptions;
  return (await format("management-api.ts", types, options)).code;
}
