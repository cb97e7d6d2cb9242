"""The `datasets` builder: what ``load_dataset("slash")`` prepares, streams and describes.

It yields Arrow tables made from whole batches; no example passes through Python on its own. Rows
are cut into ranges, so that several processes, or the workers of a streaming loader, can share the
work; each row is produced exactly once.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
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

# Upper bound on the number of ranges, and lower bound on the rows of one.
_MOST_RANGES = 128
_FEWEST_ROWS = 64


SlashConfig: Any = make_dataclass(
    "SlashConfig",
    # Drawn configs have their own values; None means "not taken" in the original.
    [("encoding", "str", "png"), ("factors", "bool", False), ("targets", "str | None", None)]
    + [(name, "int | float | str | None", None) for name in PARAMETERS],
    bases=(datasets.BuilderConfig,),
    namespace={
        "__module__": __name__,
        "__doc__": "A config of the Slash dataset: its encoding, and each parameter of its draw.",
    },
    eq=False,
)


def cache_key(identity: Identity) -> str:
    """Return the key under which a prepared dataset is cached: equal keys hold equal columns.

    It depends on the versions of the data, the draw and the storage, and on every value that was
    asked for. It does not depend on the code, so that adding a config invalidates no cache.

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
        Add the columns `row`, `col` and `angle`: the position and turn of each stroke.
    targets : str, optional
        Add the column "box" or "points" of :mod:`slash_dataset.targets`.
    **kwargs
        Parameters of drawn configs (`num_train`, `num_test`, `seed`, and those of
        :class:`~slash_dataset.variants.Variant`), and the keywords of every `datasets` builder.

    Raises
    ------
    ValueError
        If a config or parameter is unknown or out of range; raised before anything is drawn.

    Examples
    --------
    >>> Slash(config_name="long").info.features["image"]
    Image(mode='L', decode=True)
    """

    BUILDER_CONFIG_CLASS = SlashConfig
    BUILDER_CONFIGS = [  # noqa: RUF012
        SlashConfig(
            name=config.name,
            version=datasets.Version(DATA_VERSION),
            description=config.description,
            encoding=config.default_encoding,
            **config.parameters,
        )
        for config in CONFIGS.values()
    ]
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
                    f"{name}={kwargs[name]!r} is not allowed: the Slash dataset is generated and "
                    "reads no files"
                )
        given = {
            name: kwargs.pop(name)
            for name in list(kwargs)
            if name not in signature(datasets.DatasetBuilder.__init__).parameters
        }
        # To `datasets`, None means "not given".
        given = {name: value for name, value in given.items() if value is not None}
        config_name = DEFAULT_CONFIG_NAME if config_name is None else config_name
        config, how = _resolve(config_name, given)
        own = next(c for c in self.BUILDER_CONFIGS if c.name == config_name)
        kwargs["features"] = _check_features(kwargs.pop("features", None), config, how)
        values = config.parameters | how
        kwargs["hash"] = cache_key(config_identity(config, **how))
        with _naming_the_cache():
            super().__init__(
                cache_dir=cache_dir,
                dataset_name=dataset_name or NAME,
                config_name=config_name,
                **kwargs,
                # noise=1 and noise=1.0, or a config's own value and nothing, share a cache entry.
                **{name: value for name, value in values.items() if value != getattr(own, name)},
            )

    def download_and_prepare(self, *args: Any, **kwargs: Any) -> None:  # noqa: D102
        with _naming_the_cache():
            super().download_and_prepare(*args, **kwargs)

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
        # Nothing is downloaded.
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


@contextmanager
def _naming_the_cache() -> Iterator[None]:
    """Say what to set where the cache is, as under a home that is read-only."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        raise PermissionError(
            error.errno,
            f"datasets cannot write to its cache ({error.strerror}: {error.filename!r}): set "
            "HF_HOME to a folder that you may write to, or give cache_dir=",
        ) from error


def _resolve(config_name: str, given: dict[str, Any]) -> tuple[Config, dict[str, Any]]:
    """Check keywords; return the config that they ask for and how to store it."""
    how = ("encoding", "factors", "targets")
    params = {name: value for name, value in given.items() if name not in how}
    config = resolve_config(config_name, **params)
    return config, {
        "encoding": check_encoding(config, given.get("encoding", config.default_encoding)),
        "factors": check_bool("factors", given.get("factors", False)),
        "targets": check_targets(given.get("targets")),
    }


def _check_features(
    given: datasets.Features | None, config: Config, how: dict[str, Any]
) -> datasets.Features | None:
    """Refuse features other than the config's own: images are stored as they are drawn."""
    if given is None:
        return None
    own = features_of(config, **how)
    for name in dict.fromkeys([*own, *given]):
        if own.get(name) != given.get(name):
            raise ValueError(
                f"features[{name!r}]={given.get(name)!r} is not allowed: this dataset has "
                f"{own.get(name)!r} there; load it without features= (encoding=, factors= and "
                f"targets= choose its columns), then use cast() or cast_column()"
            )
    return own
