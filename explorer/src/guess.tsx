// Screen 1: guess three times, then all of them at once.

import { signal } from "@preact/signals";
import { Answers, answerKeys, Glyph, NAMES, Note, Screen } from "./parts";
import { grays, Gray, Painting } from "./pictures";
import { change, whispered } from "./state";
import { batch, dark, index, scored, tokens, width } from "./store";

const GUESSES = 3;
const guesses = signal<boolean[]>([]);

function Wall() {
  const b = batch.value!;
  const cell = b.size + 2;
  const columns = Math.max(1, Math.min(b.count, Math.floor((Math.min(width.value, 1184) - 34) / cell)));
  const lines = Math.ceil(b.count / columns);
  const select = (i: number): void => {
    if (i < 0 || i >= b.count) return;
    change({ i });
  };
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    select(index.value + by);
  };
  const at = index.value;
  return (
    <>
      <Painting
        wide={columns * cell}
        high={lines * cell}
        scale={1}
        class="wall"
        role="group"
        tabIndex={0}
        aria-label={`All ${b.count} pictures; arrow keys choose one. Chosen: ${at}, a ${NAMES[b.labels[at]!]}.`}
        onKeyDown={keys}
        onClick={(event: MouseEvent) => select(Math.floor(event.offsetY / cell) * columns + Math.floor(event.offsetX / cell))}
        deps={[b, scored.value, at, columns]}
        paint={(context) => {
          context.clearRect(0, 0, columns * cell, lines * cell);
          for (let i = 0; i < b.count; i++) {
            const [x, y] = [(i % columns) * cell, Math.floor(i / columns) * cell];
            if (i === at || scored.value?.wrong[i]) {
              context.fillStyle = i === at ? tokens.value.ink : dark.value ? "#C58BEB" : "#7A2E9E";
              context.fillRect(x, y, cell, cell);
            }
            grays(context, b.pixels.subarray(i * b.size ** 2, (i + 1) * b.size ** 2), b.size, x + 1, y + 1);
          }
        }}
      />
      <p class="muted">
        Violet frames: the four numbers of the next screen are wrong there. Chosen: picture {at}, <Glyph label={b.labels[at]!} />.
      </p>
    </>
  );
}

export function Guess() {
  const b = batch.value;
  if (!b) return <Screen number={1} title="Slash or backslash?" lead="Four dark pixels hide in each picture. Which way do they lean?">{null}</Screen>;
  const given = guesses.value;
  const done = given.length >= GUESSES;
  const row = Math.min(given.length, b.count - 1);
  const answer = (label: number): void => {
    const right = label === b.labels[row];
    guesses.value = [...given, right];
    whispered.value = `${right ? "Right" : "Look again"}: picture ${given.length + 1} was a ${NAMES[b.labels[row]!]}.`;
  };
  return (
    <Screen number={1} title="Slash or backslash?" lead="Four dark pixels hide in each picture. Which way do they lean?">
      {!done ? (
        <div class="guess" onKeyDown={answerKeys(answer)} role="group" aria-label="Guess; keys: left arrow or \ for backslash, right arrow or / for slash">
          <Gray pixels={b.pixels.subarray(row * b.size ** 2, (row + 1) * b.size ** 2)} size={b.size} wanted={360} alone label={`Picture ${given.length + 1} of ${GUESSES}: find the stroke`} />
          <Answers answer={answer}>
            <p class="muted">
              Picture {given.length + 1} of {GUESSES}. Or press ← and →.{" "}
              {given.length > 0 && <b>{given.at(-1) ? "The last one was right." : "The last one leaned the other way."}</b>}
            </p>
          </Answers>
        </div>
      ) : (
        <>
          <p>
            {given.filter(Boolean).length} of {GUESSES} right. Here are all {b.count}. You would sort them in minutes, without being told how. <b>Could four numbers?</b>
          </p>
          <Wall />
        </>
      )}
      <Note minutes={3} question="How did you see it? Did you look at each pixel by itself?" answer="Everybody names neighbours: two dark pixels that touch at a corner. Nobody names a place." />
    </Screen>
  );
}
