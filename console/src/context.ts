import { createContext, useContext } from "react";
import { type Api, Failure } from "./api.ts";

/** Gives every part of a page the API of the visitor who signed in. */
export const ApiContext: React.Context<Api | undefined> = createContext<Api | undefined>(undefined);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === undefined) throw new Failure(401, "Nobody is signed in.");
  return api;
}
