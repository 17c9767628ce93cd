/** The look of the test page: one column, light or dark as the visitor's system is. */
export const testPageStyle: string = `
:root {
  color-scheme: light dark;
  --paper: #f6f4ef;
  --card: #ffffff;
  --ink: #1d2327;
  --soft: #59636b;
  --line: #e2ded4;
  --accent: #0b6e69;
  --wash: #e3f1ee;
  --code: #f3f1ea;
  --shade: 0 1px 2px rgb(40 36 24 / 6%), 0 12px 32px -12px rgb(40 36 24 / 14%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #11171a;
    --card: #182024;
    --ink: #e7ecec;
    --soft: #9aa8ad;
    --line: #29343a;
    --accent: #5fd0c3;
    --wash: #15332f;
    --code: #10171a;
    --shade: 0 1px 2px rgb(0 0 0 / 40%), 0 16px 40px -16px rgb(0 0 0 / 60%);
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  padding: clamp(1.25rem, 5vw, 4.5rem) clamp(1rem, 4vw, 2rem);
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main, footer { max-width: 43rem; margin: 0 auto; }
main {
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 1rem;
  box-shadow: var(--shade);
  overflow: hidden;
}
header, section { padding: 1.75rem clamp(1.25rem, 5vw, 2.5rem); }
section { border-top: 1px solid var(--line); }
.name { display: flex; align-items: center; gap: 0.6rem; margin: 0 0 1.75rem; font-weight: 650; }
.name svg { width: 1.6rem; height: 1.6rem; color: var(--accent); }
.state {
  display: inline-flex;
  align-items: center;
  gap: 0.5rem;
  margin-left: auto;
  padding: 0.2rem 0.75rem 0.2rem 0.65rem;
  border-radius: 99px;
  background: var(--wash);
  color: var(--accent);
  font-size: 0.85rem;
  font-weight: 600;
}
.state::before { content: ""; width: 0.5rem; height: 0.5rem; border-radius: 50%; background: currentcolor; }
h1 { margin: 0 0 0.5rem; font-size: clamp(1.6rem, 5vw, 2.1rem); line-height: 1.2; letter-spacing: -0.02em; }
h2 { margin: 0 0 1rem; font-size: 1.05rem; line-height: 1.3; }
p { margin: 0; text-wrap: pretty; }
header p:not(.name) { color: var(--soft); }
code { font: 0.9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
p code, dd code, dt code { padding: 0.1em 0.35em; border-radius: 0.3rem; background: var(--code); }
pre {
  margin: 0.6rem 0 0;
  padding: 0.7rem 0.9rem;
  border: 1px solid var(--line);
  border-radius: 0.55rem;
  background: var(--code);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
/* One click takes the whole line, so that it can be copied without a script. */
pre code { user-select: all; }
ol { display: grid; gap: 1.5rem; margin: 0; padding: 0; list-style: none; counter-reset: step; }
li { position: relative; min-width: 0; padding-left: 2.75rem; counter-increment: step; }
li::before {
  content: counter(step);
  position: absolute;
  left: 0;
  top: 0;
  width: 1.75rem;
  border-radius: 50%;
  background: var(--wash);
  color: var(--accent);
  font-size: 0.9rem;
  font-weight: 650;
  line-height: 1.75rem;
  text-align: center;
}
li p + p { margin-top: 0.35rem; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.6rem 1.25rem; margin: 0; }
dd { margin: 0; color: var(--soft); }
footer { padding: 1.25rem 0.5rem 0; color: var(--soft); font-size: 0.875rem; text-align: center; }
@media (max-width: 34rem) {
  dl { grid-template-columns: 1fr; gap: 0.15rem; }
  dd { margin-bottom: 0.75rem; }
  dd:last-child { margin-bottom: 0; }
}
`;
