import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

const document = new URL("../../../docs/schemas/asyncapi.json", import.meta.url);
const { components } = JSON.parse(readFileSync(document, "utf8")) as {
  readonly components: { readonly messages: Readonly<Record<string, { readonly headers: object }>> };
};
const ajv = new Ajv2020({ allowUnionTypes: true });

/** What the AsyncAPI document does not say of the headers of a message; undefined if they are as it says, and no others. */
export function unlikeDocument(message: "amqpEvent" | "natsEvent", headers: unknown): string | undefined {
  const schema = { ...components.messages[message]?.headers, additionalProperties: false };
  return ajv.validate(schema, headers) ? undefined : ajv.errorsText();
}
