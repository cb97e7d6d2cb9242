"""Pictures for a notebook, a lesson or a paper (extra "plot").

Each function draws into `ax` if it is given, else into new axes of pyplot's, and returns the axes.
"""

from .images import predictions, response_map, show
from .nets import feature_map_sliders, feature_maps, kernels
from .results import accuracy, scaling

__all__ = [
    "accuracy",
    "feature_map_sliders",
    "feature_maps",
    "kernels",
    "predictions",
    "response_map",
    "scaling",
    "show",
]
