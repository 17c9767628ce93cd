import type { Parser } from "../config/parsers.ts";

/** A part of a whole: `0.1` or `10%`. */
export const share: Parser<number> = (raw) => {
  const [, figure = "", percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(raw)) ?? [];
  const value = Number(figure) / (percent === "%" ? 100 : 1);
  return figure !== "" && value <= 1 ? { value } : { expected: "a share such as 0.1 or 10%" };
};
