/** Bearer token, Basic user and password, and the API Space that the sandbox answers to. */
export interface SandboxCredentials {
  readonly token: string;
  readonly user: string;
  readonly password: string;
  readonly apiSpaceId: string;
}

/** Those of every sandbox, unless it is given others. No secrets: the sandbox guards nothing. */
export const defaultCredentials: SandboxCredentials = {
  token: "sandbox-token",
  user: "sandbox",
  password: "sandbox",
  apiSpaceId: "00000000-0000-4000-8000-000000000001",
};
