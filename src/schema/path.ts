/**
 * The path of a field below another, as people write it: `payload.details.channel`, `payload.devices[0].id`.
 *
 * @param path of the object or the array; "" for the event itself
 */
export function pathBelow(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
