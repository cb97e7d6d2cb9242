// Long work is a generator: it yields between slices that are shorter than a frame.

export type Work<T = void> = Generator<unknown, T>;

/** The result of work that is not interrupted. */
export function finished<T>(work: Work<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
