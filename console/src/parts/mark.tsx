import type { ReactNode } from "react";

/** The sign of Hookwell, in the colour of the text around it. */
export function Mark(): ReactNode {
  return (
    <svg viewBox="0 0 22 22" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round">
        <circle cx="15.5" cy="4.5" r="2.6" />
        <path d="M15.5 7.1v8.4a5.25 5.25 0 0 1-10.5 0V10.5l4 4" />
      </g>
    </svg>
  );
}
