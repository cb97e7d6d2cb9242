"""A builder for TensorFlow Datasets: importing this module makes ``tfds.load("slash")`` work.

Needs the extra "tfds". To have a prepared dataset without TensorFlow Datasets, see
:func:`slash_dataset.export.tfds`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from .about import CITATION, DATA_VERSION, DESCRIPTION, HOMEPAGE, LICENSE_NAME
from .configs import CONFIGS, DEFAULT_CONFIG_NAME, Config, resolve_config
from .export._tfds_metadata import RELEASE_NOTES
from .extras import require
from .png import encode_png
from .splits import Split, open_splits
from .variants import CLASSES

tfds = require("tensorflow_datasets", "tfds")
_BuilderConfig: Any = tfds.core.BuilderConfig
_GeneratorBasedBuilder: Any = tfds.core.GeneratorBasedBuilder

_BATCH_ROWS = 256


@dataclasses.dataclass(eq=False)
class SlashConfig(_BuilderConfig):  # type: ignore[misc]
    """A config of the builder: its name, and the parameters that differ from the named config's.

    Parameters
    ----------
    name : str
        The name of the folder; a config's own name if `params` is empty.
    config : str
        A config, see :data:`slash_dataset.CONFIG_NAMES`; `name` if left out.
    params : dict
        `num_train`, `num_test`, `seed` and the parameters of
        :class:`~slash_dataset.variants.Variant`, for drawn configs.

    Raises
    ------
    ValueError
        If a config or parameter is unknown or out of range, or the name of a config is given
        parameters: what is prepared under a name must not depend on who prepared it.

    Examples
    --------
    >>> SlashConfig(name="large", config="standard", params={"image_size": 64}).resolved.image_size
    64
    """

    description: str | None = None
    config: str = ""
    params: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.params and self.name in CONFIGS:
            raise ValueError(
                f"name={self.name!r} is not allowed with params={self.params!r}: it is the name of "
                f"a config with parameters of its own; give a new name and config={self.name!r}"
            )
        self.config = self.config or self.name
        self.description = self.description or self.resolved.description

    @property
    def resolved(self) -> Config:
        """The config with its parameters, checked."""
        return resolve_config(self.config, **self.params)


class Slash(_GeneratorBasedBuilder):  # type: ignore[misc]
    """The Slash dataset for TensorFlow Datasets.

    Examples
    --------
    >>> tfds.builder_cls("slash") is Slash
    True
    """

    VERSION = tfds.core.Version(DATA_VERSION)
    RELEASE_NOTES = RELEASE_NOTES
    BUILDER_CONFIGS = [SlashConfig(name=name) for name in CONFIGS]  # noqa: RUF012
    DEFAULT_BUILDER_CONFIG_NAME = DEFAULT_CONFIG_NAME

    def _features(self) -> Any:
        # An export writes a config with other parameters under the config's own name: what has been
        # prepared says itself how large its images are.
        if (self.data_path / "features.json").exists():
            return tfds.features.FeatureConnector.from_config(self.data_path)
        config = self.builder_config.resolved
        shape = (config.image_size, config.image_size, 1)
        image: Any = tfds.features.Image(shape=shape, encoding_format="png")
        if config.dtype != "uint8":
            # An encoding in bytes, since TFDS has no exact one for numbers of 64 bits.
            dtype = np.dtype(config.dtype).type
            image = tfds.features.Tensor(shape=shape, dtype=dtype, encoding="zlib")
        label = tfds.features.ClassLabel(names=list(CLASSES))
        return tfds.features.FeaturesDict({"image": image, "label": label})

    def _info(self) -> Any:
        return tfds.core.DatasetInfo(
            builder=self,
            description=DESCRIPTION,
            features=self._features(),
            supervised_keys=("image", "label"),
            homepage=HOMEPAGE,
            citation=CITATION,
            license=LICENSE_NAME,
            # Rows keep their own order, which for the original is the author's.
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        del dl_manager  # nothing is downloaded
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
