import { type FormEvent, type ReactNode } from "react";
import { fieldsOf } from "../fields.ts";
import { Mark } from "../parts/mark.tsx";
import { Trouble } from "../parts/trouble.tsx";

interface SignInProps {
  /** The token that was given is not the right one. */
  readonly refused: boolean;
  readonly onToken: (token: string) => void;
}

export function SignInPage({ refused, onToken }: SignInProps): ReactNode {
  const enter = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onToken(fieldsOf(event.currentTarget)["token"] ?? "");
  };
  return (
    <main className="sign-in">
      <title>Hookwell</title>
      <form onSubmit={enter}>
        <p className="name">
          <Mark />
          Hookwell
        </p>
        <h1>Sign in</h1>
        {/* By it a password manager knows what the token is for. */}
        <input type="text" autoComplete="username" value="hookwell" readOnly hidden />
        <label>
          Token
          <input name="token" type="password" autoComplete="current-password" required autoFocus />
        </label>
        <Trouble says={refused ? "This is not the token of this Hookwell." : undefined} />
        <button type="submit">Sign in</button>
        <p className="soft">
          The token is the value of <code>HOOKWELL_TOKEN</code>, or the content of the file <code>token</code>{" "}
          in the data folder. This tab keeps it until it is closed.
        </p>
      </form>
    </main>
  );
}
