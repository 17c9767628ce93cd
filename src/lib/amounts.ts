/** Bytes for people, in steps of 1,024. */
export function bytesText(bytes: number): string {
  if (bytes < 1_024) return counted(bytes, "byte");
  const steps = ["KB", "MB", "GB", "TB"];
  let value = bytes / 1_024;
  let step = 0;
  for (; value >= 1_024 && step < steps.length - 1; step += 1) value /= 1_024;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${steps[step] ?? ""}`;
}

/** A whole number with its thousands separated. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `1 event`, `2 events`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
