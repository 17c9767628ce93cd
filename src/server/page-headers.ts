/**
 * Headers of a page: it runs and shows only what comes from these sources, and no other site may put it into a frame.
 *
 * @param sources by their directive of a content security policy, such as `{ "img-src": "data:" }`
 */
export function pageHeaders(sources: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const policy = {
    "default-src": "'none'",
    ...sources,
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
  };
  return {
    "content-security-policy": Object.entries(policy)
      .map(([directive, source]) => `${directive} ${source}`)
      .join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
}
