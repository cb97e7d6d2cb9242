"""Record the values of every stage of the draw: writes ``docs/vectors``, see docs/SPEC.md.

They are for implementations of the draw in other languages. They are made only with the package and
NumPy, and change only with ``DRAW_VERSION``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from slash_dataset import CONFIG_NAMES, draw
from slash_dataset.configs import resolve_config
from slash_dataset.drawing import DRAW_VERSION, coverage
from slash_dataset.original import replay
from slash_dataset.variants import REGIONS, Variant

FOLDER = Path(__file__).parents[1] / "docs" / "vectors"
NUM_RANDOM_VARIANTS = 200
DRAWN_CONFIGS = tuple(name for name in CONFIG_NAMES if resolve_config(name).made == "drawn")
_LAST_ROW = 10**12 - 1
_SPLITS = ("train", "test")


class Dice:
    """Choices from a stream of hashes: always the same, whatever libraries do."""

    def __init__(self, name: str) -> None:
        self._name, self._count = name, 0

    def below(self, bound: int) -> int:
        """Return a whole number from 0 to `bound` - 1."""
        self._count += 1
        digest = hashlib.sha256(f"{self._name} {self._count}".encode()).digest()
        return int.from_bytes(digest[:16], "little") % bound

    def real(self, low: float, high: float) -> float:
        """Return a float64, with few digits half of the time and with all digits otherwise."""
        value = low + (high - low) * (self.below(2**53) / 2**53)
        return round(value, 2) if self.below(2) else value

    def pick(self, choices: Any) -> Any:
        """Return one of `choices`."""
        return choices[self.below(len(choices))]


def random_case(dice: Dice, max_size: int) -> dict[str, Any]:
    """Return a valid variant, a seed, a split and a row.

    Parameters
    ----------
    dice : Dice
    max_size : int
        Largest `image_size`.

    Returns
    -------
    dict
        `variant` (a :class:`Variant`), `seed`, `split`, `row`.
    """
    while True:
        size = 8 + dice.below(max_size - 7)
        # Most strokes are short and thin, or hardly any variant would fit into its regions.
        longest = dice.pick((5, size // 3, size))
        looks = {
            "image_size": size,
            "stroke_length": 2 + dice.below(max(1, min(longest, size) - 1)),
            "stroke_width": dice.pick((1.0, 2.0, 3.0, dice.real(1, max(1.5, size / 8)))),
            "noise": dice.pick((0.5, dice.real(0, 1.5), dice.real(0, 4))),
            "contrast": dice.pick((1.0, dice.real(0, 1))),
            "max_rotation": dice.pick((0.0, dice.real(0, 15), dice.real(0, 45))),
            "train_region": dice.pick(("all", *REGIONS)),
            "test_region": dice.pick(("all", *REGIONS)),
            "pixel_permutation": dice.pick((0, 0, dice.below(2**32))),
        }
        try:
            variant = Variant(**looks)
        except ValueError:
            continue
        return {
            "variant": variant,
            "seed": dice.pick((0, dice.below(2**32), dice.below(2**64), 2**64 - 1)),
            "split": dice.pick(_SPLITS),
            "row": dice.pick((dice.below(1000), dice.below(_LAST_ROW + 1), _LAST_ROW)),
        }


def changed(variant: Variant) -> dict[str, Any]:
    """Return the parameters of a variant that differ from their defaults."""
    return {f.name: v for f in fields(Variant) if (v := getattr(variant, f.name)) != f.default}


def digest(array: Any) -> str:
    """Return the SHA-256 of an array's bytes, little-endian."""
    array = np.asarray(array)
    return hashlib.sha256(array.astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()


def stages(case: dict[str, Any], whole: bool = False) -> dict[str, Any]:
    """Return the values of every stage of one row, for ``stages.json``."""
    variant, seed, split, row = (case[key] for key in ("variant", "seed", "split", "row"))
    size = variant.image_size
    entropy = [DRAW_VERSION, _SPLITS.index(split), seed & 0xFFFFFFFF, seed >> 32]
    sequence = np.random.SeedSequence(entropy)
    bits = np.random.PCG64DXSM(sequence)
    state: Any = bits.state["state"]
    words_in_row = 2 + -(-size * size // 4)
    bits.advance(row * words_in_row)
    rows, cols = variant.positions(split)
    images, labels, factors = draw(
        "standard", split, row, row + 1, seed=seed, factors=True, **asdict(variant)
    )
    placed = {name: values[0] for name, values in factors.items()}
    line, column = np.indices((size, size))
    ink = coverage(
        variant.stroke_length,
        variant.stroke_width,
        labels[:, None],
        factors["angle"][:, None],
        line.reshape(1, -1) - placed["row"],
        column.reshape(1, -1) - placed["col"],
    )
    values = {
        "variant": changed(variant),
        "seed": str(seed),
        "split": split,
        "row": row,
        "entropy": entropy,
        "pool": [int(word) for word in sequence.pool],
        "state_words": [int(word) for word in sequence.generate_state(8)],
        "state": f"{state['state']:032x}",
        "increment": f"{state['inc']:032x}",
        "words": [f"{word:016x}" for word in bits.random_raw(4)],
        "positions": [rows.start, len(rows), cols.start, len(cols)],
        "label": int(labels[0]),
        "placement": [int(placed["row"]), int(placed["col"]), _bits(placed["angle"])],
        "levels": digest(1 - variant.contrast * ink),
        "image": digest(images),
    }
    return values | ({"pixels": images.tobytes().hex()} if whole else {})


def _bits(value: np.float64) -> str:
    return f"{int(np.float64(value).view(np.uint64)):016x}"


def _stage_cases() -> Iterator[dict[str, Any]]:
    for name in DRAWN_CONFIGS:
        for split, row in (("train", 0), ("test", 1)):
            case = {"variant": resolve_config(name).variant, "seed": 0, "split": split, "row": row}
            yield {"config": name} | stages(case, whole=split == "train")
    dice = Dice("stages")
    for _ in range(NUM_RANDOM_VARIANTS):
        yield stages(random_case(dice, 64))
    for number, contrast in enumerate(_tied_contrasts()):
        variant = Variant(image_size=8, noise=0.0, contrast=contrast)
        yield stages({"variant": variant, "seed": 0, "split": "train", "row": number})


def _tied_contrasts() -> list[float]:
    """Contrasts that put a noise-free stroke exactly between two gray values.

    Rounding half up differs from rounding half to even there: the upper value is odd.
    """
    contrasts = ((gray, 1 - (gray + 0.5) / 255) for gray in range(0, 255, 2))
    tied = [contrast for gray, contrast in contrasts if 255 * (1 - contrast) == gray + 0.5]
    return tied[::10]


def _ranges() -> Iterator[dict[str, Any]]:
    starts = ((0, 0), (0, 9_000), (0, _LAST_ROW - 999), (2**64 - 1, 12_345))
    for name in DRAWN_CONFIGS:
        variant = resolve_config(name).variant
        for split in _SPLITS:
            for seed, start in starts:
                images, _, factors = draw(name, split, start, start + 1000, seed=seed, factors=True)
                yield {
                    "config": name,
                    "variant": changed(variant),
                    "seed": str(seed),
                    "split": split,
                    "start": start,
                    "stop": start + 1000,
                    "images": digest(images),
                    "rows": digest(factors["row"]),
                    "columns": digest(factors["col"]),
                    "angles": digest(factors["angle"]),
                }


def _permutations() -> Iterator[dict[str, Any]]:
    for number, size in ((2019, 30), (1, 8), (2**32 - 1, 64), (7, 31)):
        entropy = [DRAW_VERSION, 2, number, size]
        words = np.random.PCG64DXSM(np.random.SeedSequence(entropy)).random_raw(size * size)
        order = np.argsort(words, kind="stable").astype(np.int64)
        yield {
            "pixel_permutation": number,
            "image_size": size,
            "order": digest(order),
            "first": order[:8].tolist(),
        }


def _original() -> dict[str, Any]:
    release = replay()
    state = np.load(FOLDER.parents[1] / "slash_dataset" / "original_state.npy")
    _, key, position, _, _ = release.forest_state
    splits = {}
    for split in _SPLITS:
        exact, labels = draw("original-float64", split)
        splits[split] = {
            "positions": digest(release.split_rows[split]),
            "labels": digest(labels),
            "float64": digest(exact),
            "uint8": digest(draw("original", split)[0]),
        }
    return {
        "state": "".join(f"{word:08x}" for word in state),
        "images": digest(release.images),
        "rows": digest(release.rows),
        "columns": digest(release.cols),
        "shown": release.shown.tolist(),
        **splits,
        "end": {"state": digest(key.astype(np.uint32)), "position": position},
    }


def _lines(cases: Iterable[dict[str, Any]]) -> str:
    """A JSON list with one case per line, so that diffs are by line."""
    return "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n"


def vectors() -> dict[str, str]:
    """Return the text of every file of ``docs/vectors`` by name."""
    return {
        "stages.json": _lines(_stage_cases()),
        "ranges.json": _lines(_ranges()),
        "permutations.json": _lines(_permutations()),
        "configs.json": json.dumps(
            {name: changed(resolve_config(name).variant) for name in DRAWN_CONFIGS}, indent=1
        )
        + "\n",
        "original.json": json.dumps(_original(), indent=1) + "\n",
    }


def main() -> None:
    """Write every file; print the sizes."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in vectors().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}: {len(text):,} bytes\n")


if __name__ == "__main__":
    main()
