// Canvases. Data pixels are drawn one to one and enlarged by whole factors, never smoothed.

import { type ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { imageOf, type Batch } from "./draw";
import { dark, tokens, weightColour, whole, width } from "./store";

/** How large a pixel of an image of `size` is shown: two fit beside each other on small screens. */
export function zoom(size: number, wanted: number, alone = false): number {
  const room = alone ? width.value - 36 : width.value >= 1000 ? wanted : (width.value - (width.value >= 600 ? 56 : 44)) / 2;
  return whole(Math.min(wanted, room) / size);
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

/** A canvas that is repainted when one of `deps` changes, with overlays. */
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

export function grays(context: CanvasRenderingContext2D, pixels: Uint8Array, size: number): void {
  const data = context.createImageData(size, size);
  for (let p = 0; p < pixels.length; p++) data.data.set([pixels[p]!, pixels[p]!, pixels[p]!, 255], 4 * p);
  context.putImageData(data, 0, 0);
}

/** The image of a question, as large as the space allows. */
export function Gray({ batch, row, label, blank = false }: { batch: Batch; row: number; label: string; blank?: boolean }) {
  const { size } = batch;
  const paint = (context: CanvasRenderingContext2D): void => {
    if (blank) context.clearRect(0, 0, size, size);
    else grays(context, imageOf(batch, row), size);
  };
  return <Painting wide={size} high={size} scale={zoom(size, 360, true)} deps={[batch, row, blank]} paint={paint} role="img" aria-label={label} />;
}

export interface Sheet {
  /** Weights along one side of a square, how many squares there are, and how far apart they begin. */
  side: number;
  count: number;
  stride: number;
}

/** The width in CSS pixels that weights are drawn into, and the height. */
const SHEET = { wide: [248, 248], narrow: [292, 128] } as const;

/** The squares that fit: their number along each side. */
export function room({ side, count }: Sheet): { columns: number; lines: number } {
  const [wide, high] = width.value < 600 ? SHEET.narrow : SHEET.wide;
  const most = Math.floor((wide + 1) / (side + 1));
  const columns = Math.min(count, most, Math.max(1, Math.round(Math.sqrt((count * wide) / high))));
  return { columns, lines: Math.min(Math.ceil(count / columns), Math.floor((high + 1) / (side + 1))) };
}

/** Weights as squares, violet below zero and green above. */
export function Weights({ weights, sheet, label }: { weights: ArrayLike<number>; sheet: Sheet; label: string }) {
  const { side, stride } = sheet;
  const { columns, lines } = room(sheet);
  const count = Math.min(sheet.count, columns * lines);
  const wide = columns * (side + 1) - 1;
  const high = lines * (side + 1) - 1;
  const [mostWide, mostHigh] = width.value < 600 ? SHEET.narrow : SHEET.wide;
  const scale = whole(Math.min(mostWide / wide, mostHigh / high));
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
