// The page's side of the worker.

import { signal } from "@preact/signals";
import source from "worker-source";
import { type Answer, type Answered, type Answers, type Kind, type Requests } from "./protocol";

/** Why there is no worker; empty if there is one. */
export const trouble = signal("");

const generations = new Map<Kind, number>();
const listeners = new Map<Answered, (answer: never) => void>();
let worker: Worker | null = null;

export function begin(): void {
  try {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(url);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.gen === generations.get(data.kind)) listeners.get(data.kind)?.(data.answer as never);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      trouble.value = `The computing part of this page has stopped: ${event.message || "it was not allowed to start"}.`;
    };
  } catch {
    trouble.value = "This browser does not let the page compute in the background (in a web worker), so it cannot draw images.";
  }
}

export function on<K extends Answered>(kind: K, listener: (answer: Answers[K]) => void): void {
  listeners.set(kind, listener as (answer: never) => void);
}

export function ask<K extends Kind>(kind: K, request: Requests[K]): void {
  const gen = (generations.get(kind) ?? 0) + 1;
  generations.set(kind, gen);
  worker?.postMessage({ kind, gen, ...request });
}
