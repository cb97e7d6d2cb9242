// Screen 1: guess three times, then see all pictures at once.

import { signal } from "@preact/signals";
import { Answers, answerKeys, Glyph, NAMES, Next, Note, Screen } from "./parts";
import { Gray, Painting } from "./pictures";
import { change, state, whispered } from "./state";
import { atlas, batch, index, scored, tokens, whole, width } from "./store";

const GUESSES = 3;
/** Room for a frame around each picture of the wall. */
const EDGE = 2;
/** Browsers limit the height of a canvas. */
const MOST_HIGH = 16_000;
const guesses = signal<boolean[]>([]);

function Wall() {
  const b = batch.value!;
  const cell = b.size + 2 * EDGE;
  const scale = whole(1);
  const columns = Math.max(1, Math.min(b.count, Math.floor((Math.min(width.value, 1184) - 34) / cell / scale)));
  const lines = Math.min(Math.ceil(b.count / columns), Math.floor(MOST_HIGH / cell));
  const count = Math.min(b.count, lines * columns);
  const at = index.value;
  const blank = state.value.k.every((weight) => weight === 0);
  const wrong = blank ? null : scored.value?.wrong;
  const select = (i: number): void => {
    if (i >= 0 && i < count) change({ i });
  };
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    select(at + by);
  };
  const place = (i: number): readonly [number, number] => [(i % columns) * cell, Math.floor(i / columns) * cell];
  const size = { wide: columns * cell, high: lines * cell, scale };
  return (
    <>
      <Painting
        {...size}
        class="wall"
        role="group"
        tabIndex={0}
        aria-label={`${count === b.count ? "All" : "The first"} ${count} pictures; arrow keys choose one. Chosen: ${at}, a ${NAMES[b.labels[at]!]}.`}
        onKeyDown={keys}
        onClick={(event: MouseEvent) => select(Math.floor(event.offsetY / scale / cell) * columns + Math.floor(event.offsetX / scale / cell))}
        deps={[atlas.value, columns]}
        paint={(context) => {
          context.clearRect(0, 0, size.wide, size.high);
          for (let i = 0; i < count; i++) {
            const [x, y] = place(i);
            context.putImageData(atlas.value!, x + EDGE, y + EDGE - i * b.size, 0, i * b.size, b.size, b.size);
          }
        }}
      >
        <Painting
          {...size}
          class="frames"
          deps={[atlas.value, wrong, at, columns]}
          paint={(context) => {
            context.clearRect(0, 0, size.wide, size.high);
            const frame = (i: number, colour: string, width: number): void => {
              context.strokeStyle = colour;
              context.lineWidth = width;
              const [x, y] = place(i);
              context.strokeRect(x + width / 2, y + width / 2, cell - width, cell - width);
            };
            for (let i = 0; i < count; i++) if (wrong?.[i]) frame(i, `rgb(${tokens.value.minus.join()})`, 1);
            if (at < count) frame(at, tokens.value.ink, 2);
          }}
        />
      </Painting>
      <p class="muted">
        For the next screen: picture {at}, <Glyph label={b.labels[at]!} />. Click to choose another.{" "}
        {wrong && "Violet frames: your numbers are wrong there."}
        {count < b.count && ` These are the first ${count} of ${b.count}.`}
      </p>
    </>
  );
}

export function Guess() {
  const b = batch.value;
  const given = guesses.value;
  const row = Math.min(given.length, (b?.count ?? 1) - 1);
  const answer = (label: number): void => {
    const right = label === b!.labels[row];
    guesses.value = [...given, right];
    whispered.value = `${right ? "Right" : "Look again"}: picture ${given.length + 1} was a ${NAMES[b!.labels[row]!]}.`;
  };
  return (
    <Screen number={1} title="Slash or backslash?" lead="Four dark pixels hide in each picture. Which way do they lean?">
      {b && given.length < GUESSES && (
        <div class="guess" onKeyDown={answerKeys(answer)} role="group" aria-label="Guess; keys: left arrow or \ for backslash, right arrow or / for slash">
          <Gray batch={b} row={row} label={`Picture ${given.length + 1} of ${GUESSES}: find the stroke`} />
          <Answers answer={answer}>
            <p class="muted">
              Picture {given.length + 1} of {GUESSES}. Or press ← and →.{" "}
              {given.length > 0 && <b>{given.at(-1) ? "The last one was right." : "The last one leaned the other way."}</b>}
            </p>
          </Answers>
        </div>
      )}
      {b && given.length >= GUESSES && (
        <>
          <p>
            {given.filter(Boolean).length} of {GUESSES} right. Here are all {b.count}. You could sort them in minutes, without being told how.
          </p>
          <Next to={2}>Could four numbers?</Next>
          <Wall />
        </>
      )}
      <Note minutes={3} question="How did you see it? Did you look at each pixel on its own?" answer="Everybody names neighbours: two dark pixels that touch at a corner. Nobody names a place." />
    </Screen>
  );
}
