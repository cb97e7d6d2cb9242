"""Features of random convolutions: what is left of convolution when nothing in it is learned."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .pixels import Features

# So many images at a time keep the unfolded windows within some tens of megabytes.
_IMAGES_AT_A_TIME = 250


def random_convolutions(
    features: Features, *, num_kernels: int = 20, kernel_size: int = 3, seed: int = 0
) -> NDArray[np.float32]:
    """Convolve with random kernels and keep, for each kernel, the largest response.

    After Saxe et al., "On Random Weights and Unsupervised Feature Learning" (2011). The kernels are
    normally distributed and have zero mean, so that a blank canvas gives no response.

    Parameters
    ----------
    features : ndarray, shape (n, S * S)
        Flattened square images.
    num_kernels, kernel_size : int
    seed : int
        Of the kernels, 0 to 2**32 - 1.

    Returns
    -------
    ndarray of float32, shape (n, num_kernels)

    Examples
    --------
    >>> random_convolutions(np.ones((2, 900))).shape
    (2, 20)
    """
    drawn = np.random.RandomState(seed).standard_normal((kernel_size**2, num_kernels))
    kernels = (drawn - drawn.mean(axis=0)).astype(np.float32)
    size = math.isqrt(features.shape[1])
    responses = np.empty((len(features), num_kernels), np.float32)
    for start in range(0, len(features), _IMAGES_AT_A_TIME):
        images = features[start : start + _IMAGES_AT_A_TIME].reshape(-1, size, size)
        windows = np.lib.stride_tricks.sliding_window_view(
            images.astype(np.float32), (kernel_size, kernel_size), axis=(1, 2)
        )
        unfolded = windows.reshape(len(images), -1, kernel_size**2)
        responses[start : start + len(images)] = (unfolded @ kernels).max(axis=1)
    return responses
