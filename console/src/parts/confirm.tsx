import { type ReactNode, useState } from "react";
import { Trouble } from "./trouble.tsx";

interface ConfirmProps {
  /** On the button. */
  readonly title: string;
  /** What to ask before it is done; may find out first what it would be done to. */
  readonly question: () => Promise<string>;
  /** What to say when it is done. */
  readonly act: () => Promise<string>;
  /** Takes something away for good. */
  readonly dangerous?: boolean;
  /** There is nothing to do it to; what was said of it before stays. */
  readonly idle?: boolean;
}

type Step =
  | { readonly kind: "idle" }
  | { readonly kind: "busy" }
  | { readonly kind: "asking"; readonly question: string }
  | { readonly kind: "done"; readonly says: string }
  | { readonly kind: "failed"; readonly error: Error };

/** A button whose deed is asked for once more, in its place. */
export function Confirm({ title, question, act, dangerous = false, idle = false }: ConfirmProps): ReactNode {
  const [step, setStep] = useState<Step>({ kind: "idle" });
  // Whoever answers by the keyboard goes on from where the question was asked.
  const [returning, setReturning] = useState(false);
  const run = async (work: () => Promise<Step>): Promise<void> => {
    setStep({ kind: "busy" });
    setStep(await work().catch((error: unknown) => ({ kind: "failed", error: error as Error }) as const));
  };
  const ask = (): void => void run(async () => ({ kind: "asking", question: await question() }));
  const go = (): void => {
    setReturning(true);
    void run(async () => ({ kind: "done", says: await act() }));
  };
  const cancel = (): void => {
    setReturning(true);
    setStep({ kind: "idle" });
  };
  const look = dangerous ? "dangerous" : "";
  if (step.kind === "asking") {
    return (
      <span
        className="confirm"
        role="group"
        aria-label={step.question}
        onKeyDown={({ key }) => key === "Escape" && cancel()}
      >
        {step.question}
        <button type="button" className={look} onClick={go} autoFocus={!dangerous}>
          {title}
        </button>
        <button
          type="button"
          className="quiet"
          onClick={cancel}
          // A key that is held too long takes nothing away.
          autoFocus={dangerous}
        >
          Cancel
        </button>
      </span>
    );
  }
  return (
    <span className="confirm">
      {!idle && (
        <button
          type="button"
          className={look}
          // Not `disabled`, which would take the focus away.
          aria-disabled={step.kind === "busy"}
          onClick={step.kind === "busy" ? undefined : ask}
          autoFocus={returning}
          onFocus={() => setReturning(false)}
        >
          {title}…
        </button>
      )}
      <span role="status">{step.kind === "done" && step.says}</span>
      <Trouble error={step.kind === "failed" ? step.error : undefined} />
    </span>
  );
}
