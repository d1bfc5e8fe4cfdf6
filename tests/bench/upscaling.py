"""How good the upscaling engines are on photographs, beside the usual filters.

Each photograph is made small by the cubic filter, enlarged again, and compared: by PSNR
of its brightness (luma, as super-resolution is usually measured) and SSIM.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.Image import Resampling

from imaging.providers.local.recipes import WAYS
from imaging.providers.local.upscaling import Upscale, enlarge
from tests.bench.figures import Figure

FROM_SKIMAGE = ("astronaut", "camera", "chelsea", "coffee", "rocket")
FROM_SKLEARN = ("china", "flower")
LUMA = np.array([0.299, 0.587, 0.114])
# In dB: what back-projection alone was measured at, and the blends above it. Lanczos
# has 30.5 and 26.9 on these photographs.
LEAST = {
    2: {"classical": 31.2, "fast": 31.6, "best": 31.6},
    4: {"classical": 27.3, "fast": 27.5, "best": 27.5},
}
# Full detail has the gradients of a photograph, where Lanczos has a third of them.
GRADIENTS = {("best, detail 100,", 2): 0.8}
# The numbers of one picture: fidelity, likeness, and the part of its gradients.
Numbers = tuple[float, float, float]


def measure(scales: tuple[int, ...] = (2, 4)) -> list[Figure]:
    """Measure every engine as it is by default, and the best one with full detail."""
    return [figure for scale in scales for figure in figures_of(means(scale), scale)]


def means(scale: int) -> dict[str, np.ndarray]:
    """Return the mean numbers of each way to enlarge."""

    def numbers(truth: np.ndarray) -> dict[str, Numbers]:
        made = results(truth, scale)
        return {name: compared(pixels, truth) for name, pixels in made}

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        rows = list(threads.map(numbers, photographs(scale)))
    return {name: np.mean([row[name] for row in rows], axis=0) for name in rows[0]}


def photographs(scale: int) -> Iterator[np.ndarray]:
    """Return the photographs of scenes, cut so that the scale divides them."""
    import skimage
    import sklearn.datasets

    here = Path(skimage.__file__).parent / "data"
    there = Path(sklearn.datasets.__file__).parent / "images"
    files = [next(here.glob(f"{name}.*")) for name in FROM_SKIMAGE]
    files += [next(there.glob(f"{name}.*")) for name in FROM_SKLEARN]
    for file in files:
        pixels = np.asarray(Image.open(file).convert("RGB"))
        height, width = (side - side % scale for side in pixels.shape[:2])
        yield pixels[:height, :width]


def results(truth: np.ndarray, scale: int) -> Iterator[tuple[str, np.ndarray]]:
    """Return what each way makes of one photograph that was made small."""
    height, width = truth.shape[:2]
    picture = Image.fromarray(truth)
    small = picture.resize((width // scale, height // scale), Resampling.BICUBIC)
    for name, how in (("bicubic", Resampling.BICUBIC), ("Lanczos", Resampling.LANCZOS)):
        yield name, np.asarray(small.resize((width, height), how))
    given = np.asarray(small)
    classical = enlarged(given, truth.shape, engine="classical")
    full = enlarged(given, truth.shape, patience="best", detail=100)
    yield "classical", classical
    yield "fast", enlarged(given, truth.shape, patience="fast")
    yield "best", between(classical, full, WAYS["general", "best"].detail / 100)
    yield "best, detail 100,", full


def enlarged(
    given: np.ndarray, shape: tuple[int, ...], **options: object
) -> np.ndarray:
    """Return what the provider makes of it."""
    out = np.zeros(shape, np.uint8)
    enlarge(given, out, Upscale().defaults() | options, lambda fraction: None)
    return out


def between(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Return what a share of the network makes: it is linear, so one run serves all."""
    made = one + share * (other.astype(float) - one)
    return np.rint(made).clip(0, 255).astype(np.uint8)


def compared(made: np.ndarray, truth: np.ndarray) -> Numbers:
    """Return PSNR in dB, SSIM, and the gradients' energy as a part of the truth's."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    return (
        peak_signal_noise_ratio(truth @ LUMA, made @ LUMA, data_range=255),
        structural_similarity(truth, made, channel_axis=2),
        energy(made) / energy(truth),
    )


def energy(pixels: np.ndarray) -> float:
    """Return the mean square of the steps from pixel to pixel, in grey."""
    grey = pixels @ LUMA
    return sum(np.square(np.diff(grey, axis=axis)).mean() for axis in (0, 1))


def figures_of(means: dict[str, np.ndarray], scale: int) -> Iterator[Figure]:
    for name, (psnr, ssim, part) in means.items():
        what = f"{name} at {scale} ×"
        least = LEAST[scale].get(name)
        yield Figure(f"{what}, PSNR", psnr, "dB", least, at_least=True)
        yield Figure(f"{what}, SSIM", ssim, "")
        least = GRADIENTS.get((name, scale))
        yield Figure(f"{what}, gradient energy", part, "of 1", least, at_least=True)
