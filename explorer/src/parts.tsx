// Small parts that several screens use.

import { type ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { hidden, type Hideable } from "./state";
import { still } from "./store";

export function show(number: number): void {
  const screen = document.getElementById(`screen-${number}`);
  screen?.scrollIntoView({ behavior: still.value ? "auto" : "smooth" });
  screen?.focus({ preventScroll: true });
}

/** The question at the end of a screen, which leads to the next. */
export function Next({ to, children }: { to: number; children: ComponentChildren }) {
  return (
    <button class="next" onClick={() => show(to)}>
      {children} <span aria-hidden="true">↓</span>
    </button>
  );
}

export function Screen({ number, title, lead, children }: { number: number; title: string; lead: string; children: ComponentChildren }) {
  const Heading = number === 1 ? "h1" : "h2";
  return (
    <section id={`screen-${number}`} aria-labelledby={`title-${number}`} tabIndex={-1}>
      <Heading id={`title-${number}`}>{title}</Heading>
      <p class="lead">{lead}</p>
      {children}
    </section>
  );
}

/** Something that a lesson can hide. */
export function May({ hide, children }: { hide: Hideable; children: ComponentChildren }) {
  return hidden(hide) ? null : <>{children}</>;
}

export function Note({ minutes, question, answer }: { minutes: number; question: string; answer: string }) {
  return (
    <May hide="notes">
      <details class="note">
        <summary>For teachers: {minutes} minutes</summary>
        <p>
          <b>Ask:</b> {question}
        </p>
        <p>
          <b>Expect:</b> {answer}
        </p>
      </details>
    </May>
  );
}

interface NumberProps {
  value: number;
  low: number;
  high: number;
  step: number;
  label: string;
  change(value: number): void;
  class?: string;
}

/** A number field; a half-typed value is left alone. */
export function NumberField({ value, low, high, step, label, change, ...rest }: NumberProps & Record<string, unknown>) {
  const field = useRef<HTMLInputElement>(null);
  // Not after the next frame: what is typed until then would be replaced by what is older.
  useLayoutEffect(() => {
    const { current } = field;
    // A minus alone is no number yet, and reads as nothing.
    if (!current || (current.value === "" && current === document.activeElement)) return;
    if (Number(current.value || NaN) !== value) current.value = String(value);
  });
  const read = (clamp: boolean): void => {
    const given = Number(field.current!.value || NaN);
    if (Number.isFinite(given) && given >= low && given <= high) change(given);
    else if (clamp) {
      const mended = Number.isFinite(given) ? Math.min(high, Math.max(low, given)) : value;
      field.current!.value = String(mended);
      change(mended);
    }
  };
  return <input ref={field} type="number" aria-label={label} min={low} max={high} step={step} onInput={() => read(false)} onChange={() => read(true)} {...rest} />;
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    try {
      // Trying what a frame forbids would print a message in the console.
      const { featurePolicy } = document as { featurePolicy?: { allowsFeature(name: string): boolean } };
      if (featurePolicy && !featurePolicy.allowsFeature("clipboard-write")) throw new Error("no clipboard");
      await navigator.clipboard.writeText(text);
      setDone("Copied.");
    } catch {
      // In a frame there may be no clipboard: the text is selected instead.
      field.current?.select();
      setDone("Selected: copy it with your keyboard.");
    }
  };
  return (
    <span class="copy">
      <input ref={field} readOnly value={text} aria-label={label} />
      <button onClick={() => void copy()}>Copy</button>
      <span role="status">{done}</span>
    </span>
  );
}

export const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
export const NAMES = ["backslash", "slash"] as const;
export const GLYPHS = ["\\", "/"] as const;

export function Glyph({ label }: { label: number }) {
  return (
    <span class={NAMES[label]}>
      {NAMES[label]} <span aria-hidden="true">{GLYPHS[label]}</span>
    </span>
  );
}

/** The products of weights and pixels, and their sum. */
export function Sums({ kernel, pixels }: { kernel: readonly number[]; pixels: readonly number[] }) {
  const few = kernel.length <= 4;
  const light = pixels.map((value) => value / 255);
  return (
    <div class="sums">
      <div class={few ? "" : "products"} style={few ? {} : { gridTemplateColumns: `repeat(${Math.sqrt(kernel.length)}, auto)` }}>
        {kernel.map((weight, k) => {
          const value = light[k]!;
          const colours = { background: `rgb(${pixels[k]},${pixels[k]},${pixels[k]})`, color: value > 0.55 ? "#000" : "#fff" };
          return (
            <div>
              <span class="value" style={colours}>
                {few ? value.toFixed(2) : signed(value * weight)}
              </span>
              {few && ` × ${signed(weight)} = ${signed(value * weight)}`}
            </div>
          );
        })}
      </div>
      <b>sum = {signed(light.reduce((sum, value, k) => sum + value * kernel[k]!, 0))}</b>
    </div>
  );
}

/** Two big answers, and their keys. */
export function Answers({ answer, children }: { answer(label: number): void; children?: ComponentChildren }) {
  return (
    <div class="answers">
      {[0, 1].map((label) => (
        <button class={`big ${NAMES[label]}`} aria-label={NAMES[label]!} onClick={() => answer(label)}>
          {GLYPHS[label]}
        </button>
      ))}
      {children}
    </div>
  );
}

/** Arrow keys or the characters themselves, inside a widget. */
export function answerKeys(answer: (label: number) => void): (event: KeyboardEvent) => void {
  return (event) => {
    const label = { ArrowLeft: 0, "\\": 0, ArrowRight: 1, "/": 1 }[event.key];
    if (label === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // In Firefox, a slash starts a search.
    answer(label);
  };
}
