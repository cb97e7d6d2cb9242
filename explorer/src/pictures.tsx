// Canvases. Data pixels are drawn one to one and enlarged by whole factors, never smoothed.

import { type ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dark, tokens, weightColour, width } from "./store";

/** Pixels of the screen for one of an image of `size`. */
export function zoom(size: number, wanted: number, alone = false): number {
  if (alone) return Math.max(1, Math.floor(Math.min(wanted, width.value - 36) / size));
  const room = width.value >= 1000 ? wanted : width.value >= 600 ? Math.min(wanted, 270) : Math.min(wanted, (width.value - 44) / 2);
  return Math.max(1, Math.floor(room / size));
}

interface Painted {
  wide: number;
  high: number;
  /** Screen pixels for a canvas pixel. */
  scale: number;
  paint(context: CanvasRenderingContext2D): void;
  deps: readonly unknown[];
  children?: ComponentChildren;
  class?: string;
}

/** A canvas that is painted anew when one of `deps` changes, with things over it. */
export function Painting({ wide, high, scale, paint, deps, children, class: name, ...rest }: Painted & Record<string, unknown>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context) paint(context);
  }, [wide, high, dark.value, ...deps]);
  return (
    <div class={`painting ${name ?? ""}`} style={{ width: `${wide * scale}px`, height: `${high * scale}px` }} {...rest}>
      <canvas ref={canvas} width={wide} height={high} />
      {children}
    </div>
  );
}

export function grays(context: CanvasRenderingContext2D, pixels: Uint8Array, size: number, x = 0, y = 0): void {
  const data = context.createImageData(size, size);
  for (let p = 0; p < pixels.length; p++) data.data.set([pixels[p]!, pixels[p]!, pixels[p]!, 255], 4 * p);
  context.putImageData(data, x, y);
}

export function Gray({ pixels, size, wanted, label, alone }: { pixels: Uint8Array; size: number; wanted: number; label: string; alone?: boolean }) {
  return (
    <Painting wide={size} high={size} scale={zoom(size, wanted, alone)} deps={[pixels]} paint={(c) => grays(c, pixels, size)} role="img" aria-label={label} />
  );
}

/** Kernels or weight images side by side, violet below zero and green above. */
export function Weights({ weights, sides, label }: { weights: ArrayLike<number>; sides: { side: number; count: number; stride: number }; label: string }) {
  const { side, count, stride } = sides;
  const columns = Math.min(count, 4);
  const lines = Math.ceil(count / columns);
  const wide = columns * (side + 1) - 1;
  const high = lines * (side + 1) - 1;
  const scale = Math.max(1, Math.floor(Math.min(130 / wide, 84 / high)));
  return (
    <Painting
      wide={wide}
      high={high}
      scale={scale}
      deps={[weights]}
      role="img"
      aria-label={label}
      paint={(context) => {
        context.clearRect(0, 0, wide, high);
        let most = 0;
        for (let k = 0; k < count; k++) for (let p = 0; p < side * side; p++) most = Math.max(most, Math.abs(weights[k * stride + p]!));
        for (let k = 0; k < count; k++) {
          const data = context.createImageData(side, side);
          for (let p = 0; p < side * side; p++) data.data.set([...weightColour(weights[k * stride + p]!, most), 255], 4 * p);
          context.putImageData(data, (k % columns) * (side + 1), Math.floor(k / columns) * (side + 1));
        }
      }}
    />
  );
}

export interface Line {
  points: readonly (readonly [number, number])[];
  dashed: boolean;
}

/** Accuracy over something; the scale from 0.4 to 1 never changes. */
export function Curves({ lines, from, to, log, band, mark, label, high = 96 }: { lines: Line[]; from: number; to: number; log?: boolean; band?: [number, number]; mark?: number; label: string; high?: number }) {
  const wide = 240;
  const along = (x: number): number => 2 + (wide - 4) * (log ? Math.log(x / from) / Math.log(to / from) : (x - from) / (to - from));
  const up = (y: number): number => 3 + (high - 6) * (1 - (Math.max(0.4, y) - 0.4) / 0.6);
  return (
    <div class="curves" role="img" aria-label={label}>
      <svg viewBox={`0 0 ${wide} ${high}`} preserveAspectRatio="none" aria-hidden="true">
        {band && <rect class="band" x={along(band[0])} width={Math.max(0, along(band[1]) - along(band[0]))} y="0" height={high} />}
        <line class="chance" x1="0" x2={wide} y1={up(0.5)} y2={up(0.5)} />
        {lines.map((line) => (
          <polyline class={line.dashed ? "dashed" : ""} stroke={tokens.value.ink} points={line.points.map(([x, y]) => `${along(x)},${up(y)}`).join(" ")} />
        ))}
        {mark !== undefined && <line class="mark" x1={along(mark)} x2={along(mark)} y1="0" y2={high} />}
      </svg>
    </div>
  );
}
