"""The comparison that the dataset is made for: which models can learn it, and which cannot.

:func:`evaluate` measures any model; ``slash-dataset benchmark`` measures the table of the 2019
post, the smallest network that learns the dataset, contenders, learning curves and generalisation.
Needs the extra "benchmark"; scikit-learn, Keras and matplotlib are imported on first use.
"""

from .bounds import bound
from .ceilings import OptimalClassifier, optimal_accuracy
from .evaluation import evaluate, score
from .models import MODELS, Model
from .post_2019 import PUBLISHED, PublishedRow, compare
from .results import Evaluation, read_results, summarize
from .sweeps import sweep
from .torch_adapter import torch_classifier

__all__ = [
    "MODELS",
    "PUBLISHED",
    "Evaluation",
    "Model",
    "OptimalClassifier",
    "PublishedRow",
    "bound",
    "compare",
    "evaluate",
    "optimal_accuracy",
    "read_results",
    "score",
    "summarize",
    "sweep",
    "torch_classifier",
]
