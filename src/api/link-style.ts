/** How the pages behind links look: one column that a thumb can use, in the colours that the device is set to. */
export const LINK_STYLE = `:root { color-scheme: light dark; --line: #8886; --go: #0b5d1e; --stop: #6b6b6b; }
* { box-sizing: border-box; }
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
.urgency { font-weight: 700; letter-spacing: .04em; margin: 0 0 .25rem; }
.state { font-size: 1.25rem; margin: 0 0 1.25rem; }
form { margin: 0 0 1rem; }
button { font: inherit; font-weight: 700; width: 100%; min-height: 4rem; padding: .75rem 1rem; border: 0; border-radius: .5rem; color: #fff; background: var(--go); cursor: pointer; }
button.decline { min-height: 3.25rem; background: var(--stop); }
button:focus-visible, a:focus-visible { outline: .25rem solid currentColor; outline-offset: .125rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1.5rem 0; padding-top: 1rem; border-top: 1px solid var(--line); }
dt { font-weight: 700; }
dd { margin: 0; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
`;
