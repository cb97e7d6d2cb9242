"""The named configs, and how a name with keywords becomes one fully checked config.

There are two kinds: the 2019 release, which is replayed and takes no parameters, and drawn configs,
each a :class:`~slash_dataset.variants.Variant` with numbers of rows and a seed. Both have the same
interface, so that no other code asks which kind a config is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal

from .checks import Bounds, check_choice, find
from .variants import Variant

ConfigName = Literal[
    "original", "original-float64", "standard", "long", "noisy", "rotated", "shuffled", "shifted"
]
"""The names of :data:`CONFIGS`, for type checkers."""

SplitName = Literal["train", "test"]

DEFAULT_CONFIG_NAME: ConfigName = "original"
SPLIT_NAMES: tuple[SplitName, ...] = ("train", "test")

ROWS = Bounds(1, 10**12, "rows", whole=True)
"""The number of rows that a split of a drawn config may have."""

SEEDS = Bounds(0, 2**64 - 1, "", whole=True)
"""Of a draw, or of a shuffled order."""


@dataclass(frozen=True)
class Config(ABC):
    """The interface of every config; equal configs have equal rows.

    Attributes
    ----------
    name, description : str
    dtype : str
        NumPy's name of the pixels' type: "uint8" (0 is black, 255 white), or "float64" from 0 to 1.
    made : str
        How rows are made: "replayed" or "drawn".
    """

    name: str
    description: str
    dtype: str
    made: ClassVar[str]

    @property
    @abstractmethod
    def variant(self) -> Variant:
        """How its strokes look."""

    @property
    def image_size(self) -> int:
        """Height and width of an image in pixels."""
        return self.variant.image_size

    @property
    @abstractmethod
    def num_rows(self) -> dict[str, int]:
        """The number of rows of each split."""

    @property
    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Every keyword that the config takes, with its value; empty if the config is fixed."""

    @abstractmethod
    def with_parameters(self, **params: Any) -> Config:
        """Return the config with some of its :attr:`parameters` replaced."""

    @abstractmethod
    def longest(self, split: str) -> Config:
        """Return the config with the largest possible number of rows in a split."""

    @property
    def pixel_bytes(self) -> int:
        """Bytes of the pixels of one row."""
        return self.image_size**2 * {"uint8": 1, "float64": 8}[self.dtype]

    @property
    def default_encoding(self) -> str:
        """The encoding of `datasets`: "png", or "array" for float64, which PNG cannot hold."""
        return "png" if self.dtype == "uint8" else "array"


@dataclass(frozen=True)
class OriginalConfig(Config):
    """The 2019 release: 750 train and 250 test rows, as the author split them."""

    made = "replayed"

    @property
    def variant(self) -> Variant:  # noqa: D102 - as in Config, here and below
        return Variant()

    @property
    def num_rows(self) -> dict[str, int]:  # noqa: D102
        return {"train": 750, "test": 250}

    @property
    def parameters(self) -> dict[str, Any]:  # noqa: D102
        return {}

    def with_parameters(self, **params: Any) -> OriginalConfig:
        """Return this config; the release is fixed, so every parameter is refused."""
        if params:
            given = ", ".join(f"{key}={value!r}" for key, value in params.items())
            raise ValueError(
                f"{given} is not allowed: config {self.name!r} is the 2019 release and is fixed; "
                f"use config 'standard', which draws from the same distribution and takes {given}"
            )
        return self

    def longest(self, split: str) -> OriginalConfig:  # noqa: D102
        return self


@dataclass(frozen=True)
class DrawnConfig(Config):
    """A variant, the number of rows in each split, and the seed.

    Raises
    ------
    ValueError
        If a number of rows or the seed is out of its range.
    """

    dtype: str = field(default="uint8", init=False)
    made = "drawn"
    variant: Variant = Variant()  # noqa: RUF009 - it is frozen
    num_train: int = field(
        default=10_000, metadata={"bounds": ROWS, "help": "rows of the train split"}
    )
    num_test: int = field(
        default=2_000, metadata={"bounds": ROWS, "help": "rows of the test split"}
    )
    seed: int = field(default=0, metadata={"bounds": SEEDS, "help": "seed of all draws"})

    def __post_init__(self) -> None:
        for name, size in _SIZES.items():
            value = size.metadata["bounds"].check(name, getattr(self, name))
            object.__setattr__(self, name, value)

    @property
    def num_rows(self) -> dict[str, int]:  # noqa: D102
        return {"train": self.num_train, "test": self.num_test}

    @property
    def parameters(self) -> dict[str, Any]:  # noqa: D102
        return {name: getattr(self, name) for name in _SIZES} | asdict(self.variant)

    def with_parameters(self, **params: Any) -> DrawnConfig:  # noqa: D102
        sizes = {key: value for key, value in params.items() if key in _SIZES}
        looks = {key: value for key, value in params.items() if key not in _SIZES}
        return replace(self, variant=replace(self.variant, **looks), **sizes)

    def longest(self, split: str) -> DrawnConfig:  # noqa: D102
        return self.with_parameters(**{f"num_{split}": ROWS.high})


_SIZES = {f.name: f for f in fields(DrawnConfig) if f.name in ("num_train", "num_test", "seed")}
PARAMETERS: Mapping[str, Any] = _SIZES | {f.name: f for f in fields(Variant)}
"""Every keyword of a drawn config, as a dataclass field whose metadata has bounds and help."""

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
"""Every config by name, in the order used by all lists."""

CONFIG_NAMES: tuple[ConfigName, ...] = tuple(CONFIGS)  # type: ignore[arg-type]


def find_config(name: str) -> Config:
    """Return the config of that name.

    Raises
    ------
    ValueError
        If there is none; the message lists those that exist and suggests the nearest.

    Examples
    --------
    >>> find_config("orignal")
    Traceback (most recent call last):
    ValueError: config 'orignal' is unknown; did you mean 'original'? Configs: original, ...
    """
    return find("config", name, CONFIGS)


def resolve_config(name: str = DEFAULT_CONFIG_NAME, **params: Any) -> Config:
    """Return the config of that name with keywords applied, fully checked.

    Parameters
    ----------
    name : str
        One of :data:`CONFIGS`.
    **params
        Any of :data:`PARAMETERS`. Drawn configs take them; the original takes none.

    Returns
    -------
    Config
        Equal for equal values, however they are given.

    Raises
    ------
    ValueError
        If the name or a keyword is unknown, a value is out of range, or values contradict each
        other.

    Examples
    --------
    >>> resolve_config("standard", num_train=100).num_rows
    {'train': 100, 'test': 2000}
    >>> resolve_config("long", noise=0.65) == resolve_config("long")
    True
    """
    config = find_config(name)
    for key in params:
        find("parameter", key, PARAMETERS)
    return config.with_parameters(**params)


def resolve_any_rows(name: str, seed: int | None, params: dict[str, Any], reason: str) -> Config:
    """Return the config with keywords applied, for a reader of any rows of it.

    Parameters
    ----------
    name : str
        One of :data:`CONFIGS`.
    seed : int or None
        The config's own if None.
    params : dict
        Any other of :data:`PARAMETERS`, except `num_train` and `num_test`.
    reason : str
        Why those have no effect, and what to use instead.

    Raises
    ------
    ValueError
        As for :func:`resolve_config`, and if a number of rows is given.
    """
    for size in ("num_train", "num_test"):
        if size in params:
            raise ValueError(f"{size}={params[size]!r} is not allowed: {reason}")
    if seed is not None:
        params = params | {"seed": seed}
    return resolve_config(name, **params)


def check_split(name: Any) -> Any:
    """Return `name` if it is a split, or raise a ValueError that lists the splits."""
    return check_choice("split", name, SPLIT_NAMES)


def check_dtype(config: Config, dtypes: tuple[str, ...], reason: str) -> Config:
    """Return `config` if its pixels have one of `dtypes`, or raise a ValueError.

    Parameters
    ----------
    config : Config
    dtypes : tuple of str
        NumPy names of the dtypes that the caller supports.
    reason : str
        Why others are not allowed, and what to use instead.
    """
    if config.dtype not in dtypes:
        raise ValueError(
            f"config={config.name!r} is not allowed: {reason.format(dtype=config.dtype)}"
        )
    return config
