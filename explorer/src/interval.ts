/** Wilson's interval (1927) for a rate, at 95 percent. */
export function wilson(right: number, count: number): [number, number] {
  const z = 1.959963984540054;
  const rate = right / count;
  const middle = (rate + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half = (z * Math.sqrt((rate * (1 - rate)) / count + (z * z) / (4 * count * count))) / (1 + (z * z) / count);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
