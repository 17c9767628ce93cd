/** Who made and last changed something, and when (ISO 8601 in UTC); null where the service does not say. */
export interface Audit {
  readonly createdOn: string | null;
  readonly createdBy: string | null;
  readonly updatedOn: string | null;
  readonly updatedBy: string | null;
}

/** Reads both spellings: the specification has `_createdOn`, an older page of the vendor `createdOn`. */
export function auditOf(raw: object): Audit {
  const fields = raw as Readonly<Record<string, unknown>>;
  const read = (name: keyof Audit): string | null => {
    const value = fields[`_${name}`] ?? fields[name];
    return typeof value === "string" ? value : null;
  };
  return {
    createdOn: read("createdOn"),
    createdBy: read("createdBy"),
    updatedOn: read("updatedOn"),
    updatedBy: read("updatedBy"),
  };
}
