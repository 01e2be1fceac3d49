// How it looks: the pages' and the mail's language. Light or dark is the page's `color-scheme`.

export const STYLE = `
:host {
  --_ink: var(--relink-ink, light-dark(#1d232b, #f1f3f5));
  --_soft: var(--relink-soft, light-dark(#5a6572, #a3acb8));
  --_sheet: var(--relink-sheet, light-dark(#fff, #1f242b));
  --_line: var(--relink-line, light-dark(#e1e5ea, #333a44));
  --_edge: var(--relink-edge, light-dark(#7f8894, #767f8c));
  --_action: var(--relink-action, light-dark(#1a56b8, #2f6fd6));
  --_action-hover: var(--relink-action-hover, light-dark(#134291, #2860c0));
  --_on-action: var(--relink-on-action, #fff);
  --_link: var(--relink-link, light-dark(#1a56b8, #8ab4ff));
  --_green: var(--relink-green, light-dark(#1b7446, #6fcf97));
  --_orange: var(--relink-orange, light-dark(#9c5206, #f0a95b));
  --_red: var(--relink-red, light-dark(#a3261b, #ff9d94));
  --_red-wash: var(--relink-red-wash, light-dark(#fdeceb, #42201f));
  --_radius: var(--relink-radius, 16px);
  display: block;
  container-type: inline-size;
  color: var(--_ink);
  font-family: var(--relink-font, inherit);
  line-height: 1.5;
  text-align: start;
  overflow-wrap: break-word;
}
:host([hidden]) { display: none; }
*, ::before, ::after { box-sizing: border-box; }
h1, h2, h3, h4, h5, h6, p, ul, ol, fieldset { margin: 0; padding: 0; border: 0; }
ul, ol { list-style: none; }
a { color: inherit; text-underline-offset: 0.18em; text-decoration-thickness: 0.06em; }
:focus-visible { outline: 3px solid var(--_link); outline-offset: 3px; border-radius: 4px; }
.name:focus, .title:focus { outline-offset: 6px; }
.soft { color: var(--_soft); }
.small { font-size: 0.9em; }
.said { color: var(--_soft); font-style: italic; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.mark { flex: none; width: 1.2em; height: 1.2em; margin-top: 0.15em; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }

.house { display: grid; gap: 1.5rem; }
.head { display: grid; grid-template: "title add" auto "sum add" auto / minmax(0, 1fr) auto; gap: 0.3rem 1.5rem; }
.title { grid-area: title; }
.sum { grid-area: sum; min-height: 1.5em; font-variant-numeric: tabular-nums; }
.add { grid-area: add; align-self: end; }
.title { font-size: clamp(1.7rem, 1.4rem + 1.8cqi, 2.5rem); font-weight: 680; letter-spacing: -0.022em; line-height: 1.12; }

.banner, .notice { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 0.75rem; align-items: start; }
.banner { padding: 0.85rem 1.1rem; border-inline-start: 4px solid var(--_red); border-radius: 4px 9px 9px 4px; background: var(--_red-wash); }
.banner .mark.red, .banner strong { color: var(--_red); }
.notices { display: grid; gap: 0.85rem; }
.notice { padding: 0.85rem 1.1rem; border: 1px solid var(--_line); border-radius: 9px; }
.notice > .mark { color: var(--_soft); }

.banks { overflow: clip; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_sheet); }
li.notices { padding: 0.4rem clamp(1.1rem, 4cqi, 2.2rem); gap: 0; }
li.notices .notice { padding: 0.7rem 0; border: 0; }
li.notices .notice + .notice, .bank + li, li.notices + .bank { border-top: 1px solid var(--_line); }
.bank article { display: grid; gap: 1.1rem; padding: 1.5rem clamp(1.1rem, 4cqi, 2.2rem); }
.bank.red article { box-shadow: inset 4px 0 var(--_red); }
.who { min-width: 0; }
.name { font-size: 1.28em; font-weight: 660; letter-spacing: -0.012em; line-height: 1.25; }
.standing { display: grid; gap: 0.3rem; margin-top: 0.75rem; }
.line { display: flex; gap: 0.55em; font-weight: 600; text-wrap: pretty; }
.line.plain, .line.soft { font-weight: 400; }
.line.small { grid-column: 1 / -1; font-weight: 500; }
.green { color: var(--_green); }
.line.red { color: var(--_red); }
.line.orange { color: var(--_orange); }
.bank.red, .bank.orange, .bank.green { color: inherit; }
.mark.busy { color: var(--_link); }
.when { margin-top: 0.3rem; font-variant-numeric: tabular-nums; font-size: 0.94em; display: flex; flex-wrap: wrap; column-gap: 1.25rem; }
.deeds { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-top: 1rem; }
.deeds.end { justify-content: end; gap: 0.75rem; }
.fault { margin-top: 0.85rem; padding: 0.7rem 1rem; border-inline-start: 4px solid var(--_edge); border-radius: 4px 9px 9px 4px; background: color-mix(in srgb, var(--_line) 45%, transparent); }

button, a.quiet { font: inherit; font-weight: 600; line-height: 1.3; cursor: pointer; }
button { border: 1px solid transparent; border-radius: 9px; background: none; color: inherit; }
.primary, .second, .danger { min-height: 2.9rem; padding: 0.6rem 1.3rem; }
.primary { background: var(--_action); color: var(--_on-action); }
.primary:hover { background: var(--_action-hover); }
.second { border-color: var(--_edge); }
.second:hover { border-color: currentcolor; }
.danger { border: 2px solid var(--_red); color: var(--_red); }
.danger:hover { background: var(--_red-wash); }
.quiet { min-height: 2.9rem; padding: 0.6rem 0.4rem; color: var(--_link); font-weight: 560; text-decoration: none; }
a.quiet { display: inline-flex; align-items: center; }
.quiet:hover { text-decoration: underline; }
button.close { display: grid; place-items: center; width: 2.75rem; height: 2.75rem; margin: -0.6rem -0.6rem -0.6rem 0; }
.close .mark { width: 1.35em; height: 1.35em; margin: 0; color: var(--_ink); }
.what .quiet { display: inline; font-weight: 500; text-decoration: underline; white-space: nowrap; }
.what .quiet, .notice .quiet, .fault .quiet { min-height: 0; padding: 0; }
[aria-disabled="true"] { opacity: 0.55; cursor: default; }
[aria-expanded="true"] { text-decoration: underline; }

.holds { min-width: 0; }
.holds ul { border-top: 1px solid var(--_line); }
.holds li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.15rem 1.25rem; padding: 0.6rem 0; border-bottom: 1px solid var(--_line); }
.holds .small { margin-top: 0.5rem; }
.holds .line.small { margin: 0; }
.money { font-variant-numeric: tabular-nums; text-align: end; }

.manage { display: grid; gap: 0.7rem 2rem; margin-top: 0.25rem; padding-top: 0.85rem; border-top: 1px solid var(--_line); }
.manage .soft { display: block; }
.manage .quiet, .switch { min-height: 2.4rem; }
.manage .quiet { padding: 0; text-align: start; }
.switch { display: inline-flex; align-items: center; gap: 0.65rem; padding: 0; }
.knob { position: relative; width: 2.6rem; height: 1.5rem; border: 2px solid var(--_edge); border-radius: 1rem; }
.knob::before { content: ""; position: absolute; inset-block: 0.18rem; inset-inline-start: 0.2rem; width: 0.9rem; border-radius: 50%; background: var(--_edge); }
[aria-checked="true"] .knob { border-color: var(--_action); background: var(--_action); }
[aria-checked="true"] .knob::before { inset-inline-start: 1.3rem; background: var(--_on-action); }

.blank { display: grid; gap: 0.4rem; justify-items: start; padding: clamp(1.75rem, 7cqi, 4rem) clamp(1.25rem, 6cqi, 3.5rem); border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_sheet); }
.blank .mark { width: 2.2em; height: 2.2em; margin-bottom: 0.4rem; stroke-width: 1.3; color: var(--_soft); }
.lead { font-size: 1.28em; font-weight: 660; letter-spacing: -0.012em; }
.blank .soft { max-width: 34rem; }
.push { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1.5rem; }
.offer { display: block; padding: 1.1rem 1.25rem; border: 1px solid var(--_line); border-radius: 9px; }
.ghost { display: grid; align-content: center; gap: 0.9rem; min-height: 9.5rem; padding: 1.5rem clamp(1.1rem, 4cqi, 2.2rem); }
.bar { width: min(16rem, 60%); height: 1.1rem; border-radius: 6px; background: var(--_line); }
.bar.short { width: min(9rem, 35%); }

dialog { width: min(36rem, calc(100vw - 1.5rem)); max-height: min(46rem, calc(100dvh - 1.5rem)); padding: 0; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_sheet); color: var(--_ink); overflow: auto; overscroll-behavior: contain; }
dialog::backdrop { background: rgb(13 17 23 / 50%); }
.sheet { display: grid; gap: 1.1rem; padding: clamp(1.25rem, 4vw, 2rem); }
.sheet header { display: flex; justify-content: space-between; gap: 1rem; }
.sheet h2 { font-size: 1.4em; font-weight: 670; letter-spacing: -0.015em; line-height: 1.2; }
.sheet form { display: grid; gap: 1rem; }
legend, .sheet label { font-weight: 620; }
.choice, .check { display: flex; gap: 0.7rem; align-items: start; }
.choice { padding: 0.55rem 0; }
.choice strong, .choice .small { display: block; }
.choice .small { font-weight: 400; }
input, select { width: 100%; min-height: 2.9rem; padding: 0.5rem 0.8rem; border: 1px solid var(--_edge); border-radius: 9px; background: var(--_sheet); color: var(--_ink); font: inherit; }
input::placeholder { color: var(--_soft); opacity: 1; }
[type="radio"], [type="checkbox"] { flex: none; width: 1.2rem; min-height: 0; height: 1.2rem; margin: 0.2rem 0 0; accent-color: var(--_action); }
.names { display: grid; gap: 1rem; }
.names li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.25rem 1rem; align-items: center; }
.names label.small { grid-column: 1 / -1; font-weight: 400; }
.check { align-items: center; font-weight: 400; }
.check input { margin: 0; }
.sheet .find { grid-template-columns: minmax(0, 1fr); }
.find > div { display: grid; gap: 0.35rem; }
.found { min-height: 14rem; border-top: 1px solid var(--_line); }
.found li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.4rem 1rem; padding: 0.6rem 0; border-bottom: 1px solid var(--_line); }
.found .second { min-height: 2.5rem; padding: 0.35rem 0.9rem; font-weight: 560; }
.ways { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.trail { display: grid; gap: 1.1rem; }
.trail li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 0.75rem; }
.trail .mark.red { color: var(--_red); }
.trail .mark.orange { color: var(--_orange); }
.trail .mark.paused { color: var(--_soft); }

@container (min-width: 34rem) {
  .manage { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@container (min-width: 50rem) {
  .bank article { grid-template-columns: minmax(0, 6fr) minmax(0, 5fr); column-gap: clamp(1.5rem, 4cqi, 4.5rem); padding-block: 1.75rem; }
  .manage { grid-column: 1 / -1; grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .offer { display: flex; flex-wrap: nowrap; justify-content: space-between; }
  .offer .deeds { flex: none; margin-top: 0; }
}
@container (max-width: 26rem) {
  .deeds .primary { width: 100%; }
  .bank .primary ~ .quiet { padding-inline: 0; }
  .head { grid-template: "title add" auto "sum sum" auto / auto minmax(0, 1fr); column-gap: 1rem; }
  .add { justify-self: end; min-height: 2.4rem; padding: 0.3rem 0.6rem; font-size: 0.94em; white-space: nowrap; }
  .house { gap: 0.85rem; }
  .banner { padding: 0.6rem 0.85rem; column-gap: 0.6rem; font-size: 0.94em; }
  .banner .why { display: none; } /* the first bank below says it */
  .bank article { padding-block: 1rem; }
  .standing { margin-top: 0.5rem; }
  .bank .deeds { margin-top: 0.75rem; }
  .notice { grid-template-columns: auto minmax(0, 1fr); }
  .notice > :nth-child(n + 3) { grid-column: 2; justify-self: start; margin-top: 0.35rem; }
}
@media (min-width: 34rem) {
  .sheet .find { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
}
@media (prefers-reduced-motion: no-preference) {
  .mark.busy { animation: turn 1.1s linear infinite; }
  .bar { animation: breathe 2s ease-in-out infinite; }
  .knob::before { transition: inset-inline-start 0.12s; }
  @keyframes turn { to { rotate: 1turn; } }
  @keyframes breathe { 50% { opacity: 0.45; } }
}
@media (forced-colors: active) {
  .banner, .fault { border: 1px solid; border-inline-start: 4px solid; }
  .bank.red article { border-inline-start: 4px solid; }
  [aria-checked="true"] .knob { background: Highlight; forced-color-adjust: none; }
  .primary { border-color: ButtonText; }
}
`;
