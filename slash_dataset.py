"""Builder script for `datasets` before 4.0, which ran scripts.

``load_dataset("slash_dataset.py", trust_remote_code=True)`` builds the Slash dataset; the package
``slash-dataset`` must be installed. Later releases of `datasets` run no scripts: there, ``import
slash_dataset`` and ``load_dataset("slash")`` do the same, as they do in all releases since 2.21.
"""

from slash_dataset.builder import Slash

__all__ = ["Slash"]
