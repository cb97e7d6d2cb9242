"""The named configs, and how a name with keywords becomes one fully checked config.

Two kinds exist: the 2019 release, which is replayed and takes no parameters, and drawn configs,
each a :class:`~slash_dataset.variants.Variant` with numbers of rows and a seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from .variants import Bounds, Variant, unknown_name

DATA_VERSION = "1.0.0"
"""Version of the data that this package makes: semantic, and apart from the package's own."""

DEFAULT_CONFIG_NAME = "original"
SPLIT_NAMES = ("train", "test")

ROWS = Bounds(1, 10**12, "rows", whole=True)
"""How many rows a split of a drawn config may have."""

_SEEDS = Bounds(0, 2**64 - 1, "", whole=True)


@dataclass(frozen=True)
class OriginalConfig:
    """The 2019 release, with pixels of the given NumPy dtype ("uint8" or "float64")."""

    name: str
    description: str
    dtype: str
    image_size: int = 30

    @property
    def num_rows(self) -> dict[str, int]:
        """Rows of each split, as the author split them."""
        return {"train": 750, "test": 250}


@dataclass(frozen=True)
class DrawnConfig:
    """A variant, how many rows of it each split has, and the seed that they are drawn from.

    Raises
    ------
    ValueError
        If a number of rows or the seed is out of its range.
    """

    name: str
    description: str
    variant: Variant = Variant()  # noqa: RUF009 - it is frozen
    num_train: int = field(
        default=10_000, metadata={"bounds": ROWS, "help": "rows of the train split"}
    )
    num_test: int = field(
        default=2_000, metadata={"bounds": ROWS, "help": "rows of the test split"}
    )
    seed: int = field(default=0, metadata={"bounds": _SEEDS, "help": "where all draws start"})
    dtype: str = "uint8"

    def __post_init__(self) -> None:
        for name in ("num_train", "num_test", "seed"):
            bounds = self.__dataclass_fields__[name].metadata["bounds"]
            object.__setattr__(self, name, bounds.check(name, getattr(self, name)))

    @property
    def image_size(self) -> int:
        """Height and width of an image in pixels."""
        return self.variant.image_size

    @property
    def num_rows(self) -> dict[str, int]:
        """Rows of each split."""
        return {"train": self.num_train, "test": self.num_test}

    @property
    def parameters(self) -> dict[str, Any]:
        """Every keyword that a drawn config takes, with its value."""
        sizes = {"num_train": self.num_train, "num_test": self.num_test, "seed": self.seed}
        return sizes | asdict(self.variant)


Config = OriginalConfig | DrawnConfig

# The number of the permutation of `shuffled` has no meaning: it is the year of the release.
CONFIGS: Mapping[str, Config] = {
    config.name: config
    for config in (
        OriginalConfig("original", "the 2019 release, 8-bit grayscale", "uint8"),
        OriginalConfig("original-float64", "the 2019 release, exact float64 pixels", "float64"),
        DrawnConfig("standard", "fresh draws from the original's distribution"),
        DrawnConfig("long", "longer strokes", Variant(stroke_length=15, noise=0.65)),
        DrawnConfig("noisy", "stroke and background overlap", Variant(noise=1.2)),
        DrawnConfig(
            "rotated",
            "long strokes, each turned by up to 10 degrees either way, anti-aliased",
            Variant(stroke_length=15, noise=0.65, max_rotation=10.0),
        ),
        DrawnConfig(
            "shuffled",
            "standard under one fixed permutation of the pixels: convolution's advantage goes away",
            Variant(pixel_permutation=2019),
        ),
        DrawnConfig(
            "shifted",
            "train strokes only in the left half, test strokes only in the right half",
            Variant(train_region="left", test_region="right"),
        ),
    )
}

_SIZE_FIELDS = {
    f.name: f for f in fields(DrawnConfig) if f.name in ("num_train", "num_test", "seed")
}
PARAMETERS: Mapping[str, Any] = _SIZE_FIELDS | {f.name: f for f in fields(Variant)}
"""Every keyword of a drawn config: its dataclass field, whose metadata has bounds and help."""


def find_config(name: str) -> Config:
    """Return the config of that name.

    Raises
    ------
    ValueError
        If there is none; the message lists those that exist and the nearest of them.

    Examples
    --------
    >>> find_config("orignal")
    Traceback (most recent call last):
    ValueError: config 'orignal' is unknown; did you mean 'original'? Configs: original, ...
    """
    if isinstance(name, str) and name in CONFIGS:
        return CONFIGS[name]
    raise unknown_name("config", name, CONFIGS)


def resolve_config(name: str = DEFAULT_CONFIG_NAME, **params: Any) -> Config:
    """Return the config of that name with keywords in place of its own values, fully checked.

    Parameters
    ----------
    name : str
        One of :data:`CONFIGS`.
    **params
        Any of :data:`PARAMETERS`. Drawn configs take them; the original takes none.

    Returns
    -------
    OriginalConfig or DrawnConfig
        Equal for equal values, however they were given.

    Raises
    ------
    ValueError
        If the name or a keyword is unknown, a value is out of range, or values cannot hold
        together.

    Examples
    --------
    >>> resolve_config("standard", num_train=100).num_rows
    {'train': 100, 'test': 2000}
    >>> resolve_config("long", noise=0.65) == resolve_config("long")
    True
    """
    config = find_config(name)
    for key in params:
        if key not in PARAMETERS:
            raise unknown_name("parameter", key, PARAMETERS)
    if isinstance(config, OriginalConfig):
        if params:
            given = ", ".join(f"{key}={value!r}" for key, value in params.items())
            raise ValueError(
                f"{given} is not allowed: config {name!r} is the 2019 release and is fixed; "
                f"use config 'standard', which draws from the same distribution and takes {given}"
            )
        return config
    sizes = {key: value for key, value in params.items() if key in _SIZE_FIELDS}
    looks = {key: value for key, value in params.items() if key not in _SIZE_FIELDS}
    return replace(config, variant=replace(config.variant, **looks), **sizes)
