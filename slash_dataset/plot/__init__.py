"""Pictures for a notebook, a lesson or a paper (extra "plot").

Each function draws into `ax` if given, else into new pyplot axes, and returns the axes.
"""

from .images import gray_levels, predictions, response_map, show
from .montages import montage
from .nets import feature_map_sliders, feature_maps, kernels
from .results import accuracy, generalisation, learning_curves, noise, published, scaling

__all__ = [
    "accuracy",
    "feature_map_sliders",
    "feature_maps",
    "generalisation",
    "gray_levels",
    "kernels",
    "learning_curves",
    "montage",
    "noise",
    "predictions",
    "published",
    "response_map",
    "scaling",
    "show",
]
