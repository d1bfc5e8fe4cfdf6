"""Run one neural network on the processor, by ncnn."""

from __future__ import annotations

import os

import numpy as np
from django.conf import settings

from imaging.providers.local.models import Model

# A block of memory is used again for nothing that is under half its size: a quarter
# less at the peak, and faster.
REUSE = 0.5


class Unusable(Exception):
    """A network that cannot be run: broken files, or not from pixels to pixels."""


class Network:
    """A loaded network; it makes pictures `scale` times as large."""

    def __init__(self, model: Model) -> None:
        import ncnn

        self._ncnn = ncnn
        self._net = ncnn.Net()
        self._pools = ncnn.UnlockedPoolAllocator(), ncnn.PoolAllocator()
        for pool in self._pools:
            pool.set_size_compare_ratio(REUSE)
        option = self._net.opt
        option.blob_allocator, option.workspace_allocator = self._pools
        option.num_threads = threads()
        option.use_vulkan_compute = False
        broken = self._net.load_param(str(model.param)) or self._net.load_model(
            str(model.weights)
        )
        names = self._net.input_names(), self._net.output_names()
        if broken or any(len(one) != 1 for one in names):
            raise Unusable(f"ncnn cannot run {model.name}.")
        (self._input,), (self._output,) = names
        self.scale = self._measured_scale(model)

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Enlarge colours from 0 to 1, float32 (3, height, width)."""
        extractor = self._net.create_extractor()
        # A Mat only borrows the array's memory; its clone has its own.
        extractor.input(self._input, self._ncnn.Mat(pixels).clone())
        failed, made = extractor.extract(self._output)
        if failed:
            raise Unusable(f"ncnn stopped with {failed}.")
        result = np.array(made)
        # What is left of the run must be gone before its memory is.
        del made, extractor
        # Tiles at the picture's edges have other sizes: nothing is kept for the next.
        for pool in self._pools:
            pool.clear()
        return result.clip(0, 1, out=result)

    def _measured_scale(self, model: Model) -> int:
        side = 16
        made = self(np.zeros((3, side, side), np.float32))
        scale = made.shape[-1] // side
        if made.shape != (3, side * scale, side * scale) or scale < 1:
            raise Unusable(f"{model.name} does not make pictures from pictures.")
        return scale


def threads() -> int:
    """Return how many threads one engine may use, so that all have room."""
    return max(1, (os.cpu_count() or 1) // settings.ENGINES)
