import { type ReactNode, useEffect, useRef, useState } from "react";
import { Trouble } from "./trouble.tsx";

interface ConfirmProps {
  /** On the button. */
  readonly title: string;
  /** What to ask before it is done; may first find out what it would affect. */
  readonly question: () => Promise<string>;
  /** What to say when it is done. */
  readonly act: () => Promise<string>;
  /** True if it removes something for good. */
  readonly dangerous?: boolean;
  /** True if there is nothing to do it to: the button goes, what was said before stays. */
  readonly idle?: boolean;
}

type Step =
  | { readonly kind: "idle" }
  | { readonly kind: "busy" }
  | { readonly kind: "asking"; readonly question: string }
  | { readonly kind: "done"; readonly says: string }
  | { readonly kind: "failed"; readonly says: string };

/** A button that asks for confirmation, in its place, before it acts. */
export function Confirm({ title, question, act, dangerous = false, idle = false }: ConfirmProps): ReactNode {
  const [step, setStep] = useState<Step>({ kind: "idle" });
  // True to focus the button again, so that those who answer by the keyboard go on from there.
  const [returning, setReturning] = useState(false);
  const said = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    // Whoever has answered by the keyboard is left nowhere when the button goes.
    if (idle && step.kind === "done" && document.activeElement === document.body) said.current?.focus();
  }, [idle, step.kind]);
  const run = async (work: () => Promise<Step>): Promise<void> => {
    setStep({ kind: "busy" });
    setStep(await work().catch(({ message }: Error) => ({ kind: "failed", says: message }) as const));
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
  if (step.kind === "asking") {
    return <Asking {...{ title, dangerous, question: step.question }} onConfirm={go} onCancel={cancel} />;
  }
  return (
    <span className="confirm">
      {!idle && (
        <button
          type="button"
          className={dangerous ? "dangerous" : ""}
          // Not `disabled`, which would take the focus away.
          aria-disabled={step.kind === "busy"}
          onClick={step.kind === "busy" ? undefined : ask}
          autoFocus={returning}
          onFocus={() => setReturning(false)}
        >
          {title}…
        </button>
      )}
      <span role="status" tabIndex={-1} ref={said}>
        {step.kind === "done" && step.says}
      </span>
      <Trouble says={step.kind === "failed" ? step.says : undefined} />
    </span>
  );
}

interface AskingProps {
  readonly title: string;
  readonly question: string;
  readonly dangerous: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

function Asking({ title, question, dangerous, onConfirm, onCancel }: AskingProps): ReactNode {
  return (
    <span
      className="confirm"
      role="group"
      aria-label={question}
      onKeyDown={({ key }) => key === "Escape" && onCancel()}
    >
      {question}
      <button
        type="button"
        className={dangerous ? "dangerous" : ""}
        onClick={onConfirm}
        autoFocus={!dangerous}
      >
        {title}
      </button>
      <button
        type="button"
        className="quiet"
        onClick={onCancel}
        // A key that is held too long takes nothing away.
        autoFocus={dangerous}
      >
        Cancel
      </button>
    </span>
  );
}
