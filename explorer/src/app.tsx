// The page: header, five screens, footer.

import { effect } from "@preact/signals";
import { render } from "preact";
import { AndOr } from "./andor";
import { Catch } from "./catch";
import { begin, trouble } from "./client";
import { Data } from "./data";
import { Guess } from "./guess";
import { Learn } from "./learn";
import { Copy, May, show } from "./parts";
import { change, HIDEABLE, hidden, hiding, said, state, whispered, write, type Hideable } from "./state";
import { arrivals, batch, beginStore } from "./store";
import { Versus } from "./versus";

const SCREENS = ["Guess", "Catch it", "And, or", "Learn", "You"] as const;

/** The last screen whose title has passed the upper third; at the end of the page, the last screen. */
function current(): number {
  const { scrollTop, scrollHeight, clientHeight } = document.documentElement;
  if (scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - 1) return SCREENS.length;
  const passed = [...document.querySelectorAll("section")].filter((screen) => screen.getBoundingClientRect().top < clientHeight / 3);
  return Math.max(1, passed.length);
}

/** Once there are pictures, the page scrolls to where its link points; from then on the rail follows. */
function follow(): void {
  let went = 0;
  effect(() => {
    const arrived = arrivals.value;
    if (!batch.value || went === arrived) return;
    went = arrived;
    const { s } = state.peek();
    if (s > 1) requestAnimationFrame(() => document.getElementById(`screen-${s}`)?.scrollIntoView());
  });
  addEventListener(
    "scroll",
    () => {
      const s = current();
      if (went && s !== state.peek().s) change({ s });
    },
    { passive: true },
  );
}

function Share() {
  const s = state.value;
  const hash = write(s);
  const link = location.protocol === "about:" ? hash || "#" : location.href.replace(/#.*/, "") + hash;
  return (
    <details class="share">
      <summary>Share</summary>
      <div class="panel">
        <Copy text={link} label="Link to what you see" />
        <label>
          A task for a lesson, shown above the page
          <textarea maxLength={280} value={s.L} onChange={(e) => change({ L: e.currentTarget.value })} />
        </label>
        <fieldset>
          <legend>Hide from the lesson</legend>
          {Object.entries(HIDEABLE).map(([id, name]) => (
            <label>
              <input type="checkbox" checked={hidden(id as Hideable)} onChange={(e) => change({ h: hiding(s, id as Hideable, e.currentTarget.checked) })} /> {name}
            </label>
          ))}
        </fieldset>
        <div class="buttons">
          <label class="inline">
            Theme{" "}
            <select value={s.th} onChange={(e) => change({ th: e.currentTarget.value as "auto" })}>
              <option>auto</option>
              <option>light</option>
              <option>dark</option>
            </select>
          </label>
          <label class="inline">
            <input type="checkbox" checked={s.mo === "off"} onChange={(e) => change({ mo: e.currentTarget.checked ? "off" : "auto" })} /> no motion
          </label>
          <label class="inline">
            <input type="checkbox" checked={s.pj} onChange={(e) => change({ pj: e.currentTarget.checked })} /> projector
          </label>
        </div>
      </div>
    </details>
  );
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 20 9" aria-hidden="true">
      {[0, 1, 2, 3].map((k) => (
        <>
          <rect class="s" x={2 * (3 - k)} y={2 * k} width="2" height="2" />
          <rect class="b" x={11 + 2 * k} y={2 * k} width="2" height="2" />
        </>
      ))}
    </svg>
  );
}

function App() {
  return (
    <>
      <header>
        <Logo />
        <May hide="nav">
          <nav aria-label="Screens">
            {SCREENS.map((name, k) => (
              <button aria-label={`${k + 1}: ${name}`} aria-current={state.value.s === k + 1 ? "true" : undefined} onClick={() => show(k + 1)}>
                {k + 1}
              </button>
            ))}
          </nav>
        </May>
        <May hide="share">
          <Share />
        </May>
        <div class="notices">
          <p role="status" class={said.value ? "said" : "hidden"}>
            {said.value}
            {said.value && (
              <button aria-label="Dismiss the notice" onClick={() => (said.value = "")}>
                ×
              </button>
            )}
          </p>
          <p role="status" class="hidden" id="whispered">
            {whispered.value}
          </p>
        </div>
      </header>
      <main>
        {state.value.L && <p class="lesson">{state.value.L}</p>}
        {trouble.value ? (
          <section>
            <h1>Slash or backslash?</h1>
            <p>{trouble.value}</p>
          </section>
        ) : (
          <>
            <Guess />
            <Data />
            <Catch />
            <AndOr />
            <Learn />
            <Versus />
          </>
        )}
      </main>
      <footer>
        <p class="muted">
          The Slash dataset is by Sophie Searcy, 2019 (soph.info/slash-data), CC BY 4.0; drawn pictures imitate it. This page: Apache License 2.0. It draws exactly the pixels of the Python package slash-dataset.
        </p>
      </footer>
    </>
  );
}

begin();
beginStore();
render(<App />, document.getElementById("app")!);
follow();
