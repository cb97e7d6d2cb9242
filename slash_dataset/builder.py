"""The `datasets` builder: what ``load_dataset("slash")`` prepares, streams and describes.

It yields Arrow tables that are made from whole batches; no example passes through Python one by
one. Rows are cut into ranges, so that several processes, or the workers of a streaming loader,
share the work and together see every row once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import make_dataclass
from functools import cache
from importlib.resources import files
from inspect import signature
from typing import Any

import datasets
import pyarrow as pa

from .configs import (
    CONFIGS,
    DATA_VERSION,
    DEFAULT_CONFIG_NAME,
    PARAMETERS,
    Config,
    DrawnConfig,
    resolve_config,
)
from .splits import open_splits
from .tables import check_encoding, default_encoding, even_ranges, features_of, tables_of_rows

HOMEPAGE = "https://soph.info/slash-data"
LICENSE = "cc-by-4.0"
CITATION = """\
@misc{searcy2019slash,
  author = {Sophie Searcy},
  title = {Slash dataset: A toy dataset that stymies most non-convolutional models},
  year = {2019},
  month = may,
  howpublished = {\\url{https://soph.info/slash-data}},
  note = {CC BY 4.0}
}"""
DESCRIPTION = """\
Noisy grayscale images with one short stroke each, a backslash (0) or a slash (1). A convolutional
net learns them perfectly with 80 parameters; most other models stay near chance. By Sophie Searcy
(2019), CC BY 4.0."""

# What decides the bytes of a prepared split: the cache is good for as long as these stay.
_DATA_SOURCES = (
    "builder.py",
    "configs.py",
    "drawing.py",
    "original.py",
    "original_state.npy",
    "png.py",
    "splits.py",
    "tables.py",
    "variants.py",
)
# Rows are cut into at most so many ranges, of no fewer than so many rows.
_MOST_RANGES = 128
_FEWEST_ROWS = 64


@cache
def data_hash() -> str:
    """Return the SHA-256 of the sources that decide the bytes of a prepared split."""
    digest = hashlib.sha256()
    for name in _DATA_SOURCES:
        digest.update((files(__package__) / name).read_bytes())
    return digest.hexdigest()


SlashConfig: Any = make_dataclass(
    "SlashConfig",
    # The values of drawn configs are their own; None stands for "not taken" in the original.
    [("encoding", "str", "png"), ("factors", "bool", False)]
    + [(name, "int | float | str | None", None) for name in PARAMETERS],
    bases=(datasets.BuilderConfig,),
    namespace={
        "__module__": __name__,
        "__doc__": "A config of the Slash dataset: its encoding, and each parameter of its draw.",
        "__eq__": datasets.BuilderConfig.__eq__,
    },
)


def _builder_config(config: Config) -> Any:
    own = config.parameters if isinstance(config, DrawnConfig) else {}
    return SlashConfig(
        name=config.name,
        version=datasets.Version(DATA_VERSION),
        description=config.description,
        encoding=default_encoding(config),
        **own,
    )


class Slash(datasets.ArrowBasedBuilder):  # type: ignore[misc, unused-ignore]
    """Builds the Slash dataset; users reach it through ``load_dataset("slash")``.

    Parameters
    ----------
    config_name : str, optional
        A config, see :data:`slash_dataset.CONFIG_NAMES`; "original" if left out.
    encoding : str, optional
        "png" (`image` is a :class:`datasets.Image`) or "array" (`image` is an
        :class:`datasets.Array2D`); the config's own if left out.
    factors : bool, optional
        Add the columns `row`, `col` and `angle`: where each stroke stands.
    **kwargs
        Parameters of drawn configs (`num_train`, `num_test`, `seed`, and those of
        :class:`~slash_dataset.variants.Variant`), and what every `datasets` builder takes.

    Raises
    ------
    ValueError
        If a config or parameter is unknown or out of range, before anything is drawn.

    Examples
    --------
    >>> Slash(config_name="long").info.features["image"]
    Image(mode='L', decode=True)
    """

    BUILDER_CONFIG_CLASS = SlashConfig
    BUILDER_CONFIGS = [_builder_config(config) for config in CONFIGS.values()]  # noqa: RUF012
    DEFAULT_CONFIG_NAME = DEFAULT_CONFIG_NAME

    def __init__(
        self,
        cache_dir: str | None = None,
        dataset_name: str | None = None,
        config_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        for name in ("data_files", "data_dir"):
            if kwargs.get(name) is not None:
                raise ValueError(
                    f"{name}={kwargs[name]!r} is not allowed: the Slash dataset is generated, it "
                    "reads no files"
                )
        given = {
            name: kwargs.pop(name)
            for name in list(kwargs)
            if name not in signature(datasets.DatasetBuilder.__init__).parameters
        }
        # `datasets` takes a None for "not given".
        given = {name: value for name, value in given.items() if value is not None}
        changed = _changed_from(config_name or DEFAULT_CONFIG_NAME, given)
        kwargs.setdefault("hash", data_hash())
        super().__init__(
            cache_dir=cache_dir,
            dataset_name=dataset_name or "slash",
            config_name=config_name or DEFAULT_CONFIG_NAME,
            **kwargs,
            **changed,
        )

    def _resolved(self) -> Config:
        own = {name: getattr(self.config, name) for name in PARAMETERS}
        given = {name: value for name, value in own.items() if value is not None}
        return resolve_config(self.config.name, **given)

    def _info(self) -> datasets.DatasetInfo:
        config = self._resolved()
        return datasets.DatasetInfo(
            description=f"{DESCRIPTION} This config: {config.description}.",
            citation=CITATION,
            homepage=HOMEPAGE,
            license=LICENSE,
            features=features_of(config, self.config.encoding, self.config.factors),
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        del dl_manager  # nothing is downloaded
        generators = []
        for name, num_rows in self._resolved().num_rows.items():
            count = min(_MOST_RANGES, max(1, num_rows // _FEWEST_ROWS))
            ranges = [(rows.start, rows.stop) for rows in even_ranges(0, num_rows, count)]
            kwargs = {"split_name": name, "ranges": ranges}
            generator = datasets.SplitGenerator(name=name, gen_kwargs=kwargs)
            generator.split_info.num_examples = num_rows  # so that the progress bar has an end
            generators.append(generator)
        return generators

    def _generate_tables(
        self, split_name: str, ranges: list[tuple[int, int]]
    ) -> Iterator[tuple[int, pa.Table]]:
        split = open_splits(self._resolved())[split_name]
        for start, stop in ranges:
            for table in tables_of_rows(split, start, stop, self.info.features):
                yield start, table


def _changed_from(config_name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Check keywords, and keep those that differ from the config's own values.

    So that ``noise=1`` and ``noise=1.0``, or a config's own value and nothing, share one entry of
    the cache.
    """
    params = {name: value for name, value in given.items() if name not in ("encoding", "factors")}
    own = next((c for c in Slash.BUILDER_CONFIGS if c.name == config_name), None)
    config = resolve_config(config_name, **params)
    values: dict[str, Any] = config.parameters if isinstance(config, DrawnConfig) else {}
    if "encoding" in given:
        values["encoding"] = check_encoding(config, given["encoding"])
    if "factors" in given:
        if not isinstance(given["factors"], bool):
            raise ValueError(f"factors={given['factors']!r} is not allowed: factors takes a bool")
        values["factors"] = given["factors"]
    return {name: value for name, value in values.items() if value != getattr(own, name)}
