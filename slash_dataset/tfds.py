"""A builder for TensorFlow Datasets: importing this module makes ``tfds.load("slash")`` work.

Needs the extra "tfds". To prepare the dataset without TensorFlow Datasets, see
:func:`slash_dataset.export.tfds`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
from filelock import FileLock

from .about import CITATION, DATA_VERSION, HOMEPAGE, LICENSE_NAME
from .checks import check_kind
from .configs import CONFIGS, DEFAULT_CONFIG_NAME, Config, resolve_config
from .export._tfds_metadata import METADATA_FILE, RELEASE_NOTES, description_of, identity_metadata
from .extras import require
from .foreign import parse_json
from .identity import config_identity
from .png import encode_png
from .splits import Split, open_splits
from .variants import CLASSES

tfds = require("tensorflow_datasets", "tfds")

_BATCH_ROWS = 256


@dataclasses.dataclass(eq=False)
class SlashConfig(tfds.core.BuilderConfig):  # type: ignore[misc, name-defined]
    """A config of the builder: a name, and the parameters that differ from the named config's.

    Parameters
    ----------
    name : str
        Name of the folder; a config's own name if `params` is empty.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`; `name` if left out.
    params : dict
        `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`, for drawn configs.

    Raises
    ------
    ValueError
        If a config or parameter is unknown or out of range, or if `params` are given with a name
        that is already a config's: what a name holds must not depend on who prepared it.

    Examples
    --------
    >>> SlashConfig(name="large", config="standard", params={"image_size": 64}).resolved.image_size
    64
    """

    description: str | None = None
    config: str = ""
    params: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        check_kind("name", self.name, "a text", isinstance(self.name, str))
        check_kind("config", self.config, "a text", isinstance(self.config, str))
        is_mapping = isinstance(self.params, Mapping) and all(
            isinstance(n, str) for n in self.params
        )
        check_kind("params", self.params, "a mapping of names", is_mapping)
        if self.params and self.name in CONFIGS:
            raise ValueError(
                f"name={self.name!r} is not allowed with params={self.params!r}: it is the name of "
                f"a config with its own parameters; give a new name and config={self.name!r}"
            )
        self.config = self.config or self.name
        self.description = self.description or self.resolved.description

    @property
    def resolved(self) -> Config:
        """The config with its parameters, checked."""
        return resolve_config(self.config, **self.params)


class Slash(tfds.core.GeneratorBasedBuilder):  # type: ignore[misc, name-defined]
    """The Slash dataset for TensorFlow Datasets.

    Prepared data carries its identity: every value it was requested with. Only a builder of the
    same identity opens a folder; any other leaves it as it is.

    Raises
    ------
    ValueError
        If the config's folder holds data of another identity; the message names the first
        difference.

    Examples
    --------
    >>> tfds.builder_cls("slash") is Slash
    True
    """

    VERSION = tfds.core.Version(DATA_VERSION)
    RELEASE_NOTES = RELEASE_NOTES
    BUILDER_CONFIGS = [SlashConfig(name=name) for name in CONFIGS]  # noqa: RUF012
    DEFAULT_BUILDER_CONFIG_NAME = DEFAULT_CONFIG_NAME

    def _info(self) -> Any:
        # A builder calls this before it reads prepared data.
        self._check_identity()
        config = self.builder_config.resolved
        return tfds.core.DatasetInfo(
            builder=self,
            description=description_of(config),
            features=_features(config),
            metadata=tfds.core.MetadataDict(identity_metadata(config)),
            supervised_keys=("image", "label"),
            homepage=HOMEPAGE,
            citation=CITATION,
            license=LICENSE_NAME,
            # Rows keep their own order, which in the original is the author's.
            disable_shuffling=True,
        )

    def _check_identity(self) -> None:
        """Refuse data that was prepared for a different identity."""
        if not self.data_path.exists():
            return
        identity = config_identity(self.builder_config.resolved)
        instead = (
            f"give a SlashConfig of a new name or another data_dir, delete the folder to prepare "
            f"it again, or read it as it is: tfds.builder_from_directory({str(self.data_path)!r})"
        )
        try:
            stored = parse_json((self.data_path / METADATA_FILE).read_bytes())
            values, text = stored["values"], stored["identity"]
            difference = identity.difference(values)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            raise ValueError(
                f"{self.data_path} does not say which data it holds ({METADATA_FILE} is missing or "
                f"damaged), and {identity} was requested; {instead}"
            ) from None
        if difference is not None:
            raise ValueError(
                f"{self.data_path} holds {text}, but {identity} was requested: {difference}; "
                f"{instead}"
            )

    def download_and_prepare(self, **kwargs: Any) -> None:
        """Prepare the dataset unless it is prepared, one process at a time.

        Arguments are those of ``tfds.core.DatasetBuilder.download_and_prepare``.

        Raises
        ------
        ValueError
            If another process has meanwhile prepared data of another identity.
        """
        with self._lock():
            self._read_what_others_prepared()
            super().download_and_prepare(**kwargs)

    def is_prepared(self) -> bool:
        """Return whether the data can be read.

        Raises
        ------
        ValueError
            As for :meth:`download_and_prepare`.
        """
        self._read_what_others_prepared()
        return bool(super().is_prepared())

    def _read_what_others_prepared(self) -> None:
        """Read what was prepared after this builder was made, if it has the same identity."""
        if self.data_path.exists() and not self.info.initialized:
            self._check_identity()
            self.info.read_from_directory(self.data_dir)

    def _lock(self) -> Any:
        """A lock beside the folder of the version; none if nothing needs preparing."""
        if self.data_path.exists() or "://" in str(self.data_dir):
            return nullcontext()
        self.data_path.parent.mkdir(parents=True, exist_ok=True)
        # Anyone who may write to the folder may prepare in it.
        return FileLock(self.data_path.parent / f".{self.data_path.name}.lock", mode=0o666)

    def _as_dataset(
        self, split: Any, decoders: Any = None, read_config: Any = None, shuffle_files: bool = False
    ) -> Any:
        if shuffle_files:
            # Rows are prepared in order; users who ask for another order want no check of it.
            config = read_config or tfds.ReadConfig()
            read_config = dataclasses.replace(config, enable_ordering_guard=False)
        return super()._as_dataset(split, decoders, read_config, shuffle_files)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        # Nothing is downloaded.
        splits = open_splits(self.builder_config.resolved)
        return {name: self._generate_examples(split) for name, split in splits.items()}

    def _generate_examples(self, split: Split) -> Iterator[tuple[int, dict[str, Any]]]:
        row = 0
        for images, labels, _ in split.batches(_BATCH_ROWS):
            encoded: Any = images[..., None]
            if images.dtype == np.uint8:
                encoded = encode_png(images).to_pylist()
            for image, label in zip(encoded, labels.tolist(), strict=True):
                yield row, {"image": image, "label": label}
                row += 1


def _features(config: Config) -> Any:
    shape = (config.image_size, config.image_size, 1)
    image: Any = tfds.features.Image(shape=shape, encoding_format="png")
    if config.dtype != "uint8":
        # Encoded as bytes, because TFDS has no exact encoding for 64-bit numbers.
        dtype = np.dtype(config.dtype).type
        image = tfds.features.Tensor(shape=shape, dtype=dtype, encoding="zlib")
    label = tfds.features.ClassLabel(names=list(CLASSES))
    return tfds.features.FeaturesDict({"image": image, "label": label})
