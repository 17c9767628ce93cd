import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "./style.css";

const root = document.getElementById("console");
if (root === null) throw new Error("The page has no element for the console.");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
