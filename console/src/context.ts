import { createContext, useContext } from "react";
import type { Api } from "./api.ts";

/** Gives every part of a page the API of the visitor who signed in. */
export const ApiContext: React.Context<Api | undefined> = createContext<Api | undefined>(undefined);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === undefined) throw new Error("Nobody is signed in.");
  return api;
}
