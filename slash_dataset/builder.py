"""The `datasets` builder: what ``load_dataset("slash")`` prepares, streams and describes.

It yields Arrow tables that are made from whole batches; no example passes through Python one by
one. Rows are cut into ranges, so that several processes, or the workers of a streaming loader,
share the work and together see every row once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import make_dataclass
from inspect import signature
from typing import Any

import datasets
import pyarrow as pa

from .about import CITATION, DATA_VERSION, DESCRIPTION, HOMEPAGE, LICENSE, NAME, STORAGE_VERSION
from .checks import check_bool
from .configs import CONFIGS, DEFAULT_CONFIG_NAME, PARAMETERS, Config, resolve_config
from .identity import Identity, config_identity
from .splits import even_ranges, open_splits
from .tables import check_encoding, features_of, tables_of_rows
from .targets import check_targets

# Rows are cut into at most so many ranges, of no fewer than so many rows.
_MOST_RANGES = 128
_FEWEST_ROWS = 64


SlashConfig: Any = make_dataclass(
    "SlashConfig",
    # The values of drawn configs are their own; None stands for "not taken" in the original.
    [("encoding", "str", "png"), ("factors", "bool", False), ("targets", "str | None", None)]
    + [(name, "int | float | str | None", None) for name in PARAMETERS],
    bases=(datasets.BuilderConfig,),
    namespace={
        "__module__": __name__,
        "__doc__": "A config of the Slash dataset: its encoding, and each parameter of its draw.",
    },
    eq=False,
)


def _builder_config(config: Config) -> Any:
    return SlashConfig(
        name=config.name,
        version=datasets.Version(DATA_VERSION),
        description=config.description,
        encoding=config.default_encoding,
        **config.parameters,
    )


def cache_key(identity: Identity) -> str:
    """Return what a prepared dataset is cached under: equal keys hold equal columns.

    It changes with the version of the data, of the draw and of the storage, and with every value
    that the dataset was asked for; not with the code, so that a new config invalidates no cache.

    Examples
    --------
    >>> len(cache_key(config_identity(resolve_config(), encoding="png")))
    64
    """
    text = f"{DATA_VERSION} {STORAGE_VERSION} {identity.fingerprint}"
    return hashlib.sha256(text.encode()).hexdigest()


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
    targets : str, optional
        Add the column "box" or "points" of :mod:`slash_dataset.targets`.
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
        config_name = config_name or DEFAULT_CONFIG_NAME
        config, how = _resolve(config_name, given)
        own = next(c for c in self.BUILDER_CONFIGS if c.name == config_name)
        kwargs["features"] = _check_features(kwargs.pop("features", None), config, how)
        values = config.parameters | how
        kwargs["hash"] = cache_key(config_identity(config, **how))
        super().__init__(
            cache_dir=cache_dir,
            dataset_name=dataset_name or NAME,
            config_name=config_name,
            **kwargs,
            # A config's own value and nothing, or noise=1 and noise=1.0, share a cache entry.
            **{name: value for name, value in values.items() if value != getattr(own, name)},
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
            features=features_of(
                config, self.config.encoding, self.config.factors, self.config.targets
            ),
            splits=[
                {"name": name, "num_examples": num_rows}
                for name, num_rows in config.num_rows.items()
            ],
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        del dl_manager  # nothing is downloaded
        generators = []
        for name, num_rows in self._resolved().num_rows.items():
            count = min(_MOST_RANGES, max(1, num_rows // _FEWEST_ROWS))
            ranges = [(rows.start, rows.stop) for rows in even_ranges(0, num_rows, count)]
            kwargs = {"split_name": name, "ranges": ranges}
            generators.append(datasets.SplitGenerator(name=name, gen_kwargs=kwargs))
        return generators

    def _generate_tables(
        self, split_name: str, ranges: list[tuple[int, int]]
    ) -> Iterator[tuple[int, pa.Table]]:
        split = open_splits(self._resolved())[split_name]
        for start, stop in ranges:
            for table in tables_of_rows(split, start, stop, self.info.features):
                yield start, table


def _resolve(config_name: str, given: dict[str, Any]) -> tuple[Config, dict[str, Any]]:
    """Check keywords: return the config that they ask for, and how it is to be stored."""
    how = ("encoding", "factors", "targets")
    params = {name: value for name, value in given.items() if name not in how}
    config = resolve_config(config_name, **params)
    encoding = check_encoding(config, given.get("encoding", config.default_encoding))
    return config, {
        "encoding": encoding,
        "factors": check_bool("factors", given.get("factors", False)),
        "targets": check_targets(given.get("targets")),
    }


def _check_features(
    given: datasets.Features | None, config: Config, how: dict[str, Any]
) -> datasets.Features | None:
    """Refuse features that are not the config's own: what is drawn is stored as it is."""
    if given is None:
        return None
    own = features_of(config, **how)
    for name in dict.fromkeys([*own, *given]):
        if own.get(name) != given.get(name):
            raise ValueError(
                f"features[{name!r}]={given.get(name)!r} is not allowed: this dataset has "
                f"{own.get(name)!r} there; load it as it is (encoding=, factors= and targets= "
                f"choose its columns), then use cast() or cast_column()"
            )
    return own
