"""Networks for the tests: a tiny one that repeats pixels, and those that are here."""

from pathlib import Path

import numpy as np
import pytest

from imaging.providers.local import models, neural
from imaging.providers.local.network import Network

needs_networks = pytest.mark.skipif(
    not models.installed(), reason="there is no wheel of the networks for this Python"
)


def repeating(folder: Path, scale: int = 2, name: str = "repeating") -> models.Model:
    """Write a network that makes each pixel `scale` times as wide and high."""
    folder.mkdir(exist_ok=True)
    layers = f"Interp up 1 1 data output 0=1 1={scale}.0 2={scale}.0"
    param, weights = folder / f"{name}.param", folder / f"{name}.bin"
    param.write_text(f"7767517\n2 2\nInput data 0 1 data\n{layers}\n")
    weights.touch()
    return models.Model(name, param, weights)


def made(
    picture: np.ndarray,
    size: tuple[int, int],
    network: Network,
    tile: int = 64,
    share: float = 1.0,
    faithful: bool = True,
) -> np.ndarray:
    """Return what the neural engine makes of a picture."""
    out = np.zeros((size[1], size[0], picture.shape[2]), np.uint8)
    return neural.upscale(
        picture,
        network,
        tile=tile,
        faithful=faithful,
        share=lambda rows, columns: share,
        out=out,
    )
