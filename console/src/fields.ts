/** What was typed into a form, by the names of its fields. */
export function fieldsOf(form: HTMLFormElement): Readonly<Record<string, string>> {
  const typed = Array.from(new FormData(form), ([name, value]) => [
    name,
    typeof value === "string" ? value.trim() : "",
  ]);
  return Object.fromEntries(typed) as Record<string, string>;
}
