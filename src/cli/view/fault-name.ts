import type { Faults } from "../../sandbox/sandbox.ts";

/** The name of a fault for people: `wrong signature` for `wrongSignature`, `delay` for `delayMs`. */
export const faultName = (fault: keyof Faults): string =>
  fault.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
