// What is compared with Python: for each case, a digest of its image and its placement.

import { DEFAULT_VARIANT, Drawer, type Split, type Variant } from "../src/draw";

export interface Case {
  variant: Partial<Variant>;
  seed: string;
  split: Split;
  row: number;
}

type Sha256 = (bytes: Uint8Array) => string | Promise<string>;

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Row, column and angle as float64, eight bytes each, then the pixels. */
export async function digests(cases: Case[], sha256: Sha256): Promise<string[]> {
  const all: string[] = [];
  for (const { variant, seed, split, row } of cases) {
    const drawer = new Drawer({ ...DEFAULT_VARIANT, ...variant }, split, BigInt(seed));
    const { rows, cols, angles, pixels } = drawer.draw(row, 1);
    const bytes = new Uint8Array(24 + pixels.length);
    const view = new DataView(bytes.buffer);
    [rows[0]!, cols[0]!, angles[0]!].forEach((v, k) => view.setFloat64(8 * k, v, true));
    bytes.set(pixels, 24);
    all.push(await sha256(bytes));
  }
  return all;
}

/** The same in a page, where the hash is asynchronous. */
export async function digestsInPage(cases: Case[]): Promise<string[]> {
  return digests(cases, async (bytes) =>
    hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource))),
  );
}

Object.assign(globalThis, { digestsInPage });
