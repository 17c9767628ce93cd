/** A copy of a JSON value in which every text and number is what `change` makes of it. */
export function mapLeaves(value: unknown, change: (leaf: string | number) => unknown): unknown {
  if (typeof value === "string" || typeof value === "number") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapLeaves(inner, change)]));
}
