"""What a network adds to the classical engine, and what it must leave alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL.Image import Resampling

from imaging.providers.local import models, upscale
from imaging.providers.local.network import Network, Unusable

from .drawing import decibels, largest_difference, photograph, resized
from .networks import made, needs_networks, repeating


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(repeating(tmp_path))


@pytest.mark.parametrize("size", [(81, 61), (120, 90), (199, 151), (320, 240)])
@pytest.mark.parametrize("channels", [3, 4])
def test_every_size_from_one_to_four_times_is_made_exactly(
    network: Network, size: tuple[int, int], channels: int
) -> None:
    large = made(photograph(80, 60, channels), size, network, tile=30)
    assert large.shape == (size[1], size[0], channels)
    assert large.min() < large.max()


@pytest.mark.parametrize("faithful", [True, False])
def test_no_share_is_the_classical_engine(network: Network, faithful: bool) -> None:
    picture = photograph(90, 70)
    large = made(picture, (225, 175), network, share=0, faithful=faithful)
    assert largest_difference(large, upscale.upscale(picture, (225, 175))) <= 1


def test_the_whole_share_of_a_network_that_repeats_is_repetition(
    network: Network,
) -> None:
    picture = photograph(70, 50)
    large = made(picture, (140, 100), network, faithful=False)
    repeated = picture.repeat(2, axis=0).repeat(2, axis=1)
    assert largest_difference(large, repeated) <= 1


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_faithful_result_made_small_is_the_picture_that_was_given(
    tmp_path: Path, scale: int
) -> None:
    picture = photograph(90, 70) // 2 + 64
    large = made(picture, (90 * scale, 70 * scale), Network(repeating(tmp_path)))
    small = resized(large, (90, 70), Resampling.BICUBIC)
    assert decibels(small, picture) > 45


def test_faithful_at_its_own_size_a_picture_stays_as_it_is(network: Network) -> None:
    picture = photograph(70, 50)
    assert largest_difference(made(picture, (70, 50), network), picture) == 0


@needs_networks
def test_a_grey_picture_stays_grey() -> None:
    grey = photograph(64, 64, 1).reshape(64, 64, 1).repeat(3, axis=2)
    large = made(grey, (128, 128), Network(models.installed()[models.COMPACT]))
    assert (large[..., 0] == large[..., 1]).all()
    assert (large[..., 0] == large[..., 2]).all()


def test_what_is_hidden_by_transparency_does_not_stain_what_is_seen(
    network: Network,
) -> None:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[:, :32] = (220, 40, 40, 255)
    picture[:, 32:] = (0, 255, 0, 0)
    large = made(picture, (128, 128), network)
    inside = large[:, :48]
    assert largest_difference(inside, np.broadcast_to(picture[0, 0], inside.shape)) <= 1
    assert (large[:, 80:, 3] == 0).all()


@needs_networks
@pytest.mark.parametrize("scale", [2, 4])
def test_the_compact_network_adds_to_what_the_classical_engine_knows(
    scale: int,
) -> None:
    from skimage import data

    truth = data.astronaut()[:256, 96:352]
    side = 256 // scale
    small = resized(truth, (side, side), Resampling.BICUBIC)
    network = Network(models.installed()[models.COMPACT])
    ours = decibels(made(small, (256, 256), network, share=0.5), truth)
    classical = decibels(upscale.upscale(small, (256, 256)), truth)
    assert ours > classical + 0.1


@pytest.mark.parametrize(
    "layers",
    [
        "nonsense",
        "7767517\n2 2\nInput data 0 1 data\nReshape r 1 1 data output 0=16 1=16 2=1\n",
        "7767517\n2 3\nInput data 0 1 data\nSplit s 1 2 data one other\n",
    ],
)
def test_a_network_that_makes_no_pictures_is_refused(
    tmp_path: Path, layers: str
) -> None:
    model = repeating(tmp_path)
    model.param.write_text(layers)
    with pytest.raises(Unusable):
        Network(model)
