"""The run of plugins: identity, order, layers, notes, opacity, progress, stopping."""

from pathlib import Path

import numpy as np
import pytest

from imaging.pictures.blending import blended
from imaging.providers.local.retouch.colour import ColorCorrection
from imaging.providers.local.retouch.dust import Dust
from imaging.providers.local.retouch.engine import retouch
from imaging.providers.local.retouch.heal import Heal
from imaging.providers.local.retouch.light import DodgeBurn, Mattifier
from imaging.providers.local.retouch.plugin import Choice, Plugin
from imaging.providers.local.retouch.plugins import PLUGINS
from imaging.providers.local.retouch.tone import SkinTone

from .portraits import at, landscape, portrait, spotted
from .studio import dusty


class Enough(Exception):
    """What the watcher of a test says when it has seen enough."""


def values(plugin: type[Plugin], share: float) -> dict[str, float | str]:
    """Return every number at this share of its range, every choice as it begins."""
    return {
        one.name: one.initial if isinstance(one, Choice) else share * one.most
        for one in plugin.parameters
    }


def everything(share: float) -> list[Plugin]:
    return [plugin(values(plugin, share)) for plugin in PLUGINS]


@pytest.mark.parametrize("plugin", [p for p in PLUGINS if p.parameters])
@pytest.mark.parametrize("channels", [3, 4])
def test_strength_0_is_the_identity_to_the_byte(
    plugin: type[Plugin], channels: int, tmp_path: Path
) -> None:
    picture = dusty(spotted(portrait(), at(-0.75, 0.4), radius=6))[0]
    picture = np.dstack([picture, np.full(picture.shape[:2], 77, np.uint8)])
    picture = np.ascontiguousarray(picture[..., :channels])
    result = retouch(picture, [plugin(values(plugin, 0))], tmp_path, keep_layers=True)
    assert np.array_equal(result.pixels, picture)
    assert not result.changed
    assert result.layers == []


def test_layers_composite_to_the_flat_result(tmp_path: Path) -> None:
    picture = spotted(portrait(), at(-0.75, 0.4), at(0.1, 1.6), radius=6)
    result = retouch(picture, everything(0.6), tmp_path, keep_layers=True)
    assert len(result.layers) >= 9
    assert {layer.mode for layer in result.layers} >= {"normal", "softLight", "darken"}
    made = picture.astype(np.float64)
    for layer in result.layers:
        if layer.mode != "none":
            part = made[layer.box.slices]
            whole = blended(np.rint(part).astype(np.uint8), layer.pixels, layer.mode)
            made[layer.box.slices] = whole
    assert np.abs(made - result.pixels).max() <= 2


def test_one_picture_is_the_same_with_and_without_layers(tmp_path: Path) -> None:
    plugins = [Heal({}), DodgeBurn({}), Dust({})]
    for name in ("flat", "layered"):
        (tmp_path / name).mkdir()
    flat = retouch(portrait(), plugins, tmp_path / "flat")
    layered = retouch(portrait(), plugins, tmp_path / "layered", keep_layers=True)
    assert np.array_equal(flat.pixels, layered.pixels)
    assert [layer.plugin for layer in layered.layers][0] == "Heal"
    assert not list((tmp_path / "flat").glob("layer*"))


def test_the_order_of_plugins_is_kept(tmp_path: Path) -> None:
    plugins = [ColorCorrection({"mode": "full"}), SkinTone({}), DodgeBurn({})]
    result = retouch(portrait(), plugins, tmp_path, keep_layers=True)
    names = ["Color Correction", "Skin Tone", "Dodge Burn"]
    assert [layer.plugin for layer in result.layers] == names
    turned = retouch(portrait(), plugins[::-1], tmp_path, keep_layers=True)
    assert [layer.plugin for layer in turned.layers] == names[::-1]


@pytest.mark.parametrize("plugin", [p for p in PLUGINS if p.needs_face])
def test_without_a_face_the_picture_stays_and_a_note_says_so(
    plugin: type[Plugin], tmp_path: Path
) -> None:
    result = retouch(landscape(), [plugin(values(plugin, 1))], tmp_path)
    assert np.array_equal(result.pixels, landscape())
    assert [(name, str(why)) for name, why in result.notes] == [
        (plugin.name, "no face was found.")
    ]


def test_faces_are_told_and_not_made_up(tmp_path: Path) -> None:
    (detect,) = [plugin({}) for plugin in PLUGINS if plugin.key == "face_detection"]
    told = retouch(portrait(), [detect], tmp_path)
    assert len(told.metadata["Face Detection"]["faces"]) == 1
    assert not told.changed
    nobody = retouch(landscape(), [detect], tmp_path)
    assert nobody.metadata == {}
    assert [name for name, _ in nobody.notes] == ["Face Detection"]


def test_opacity_is_kept_and_colours_are_as_without(tmp_path: Path) -> None:
    opacity = np.tile(np.arange(840) % 256, (810, 1)).astype(np.uint8)
    plugins = [Heal({}), Mattifier({}), Dust({})]
    plain = np.array(retouch(portrait(), plugins, tmp_path).pixels)
    both = retouch(np.dstack([portrait(), opacity]), plugins, tmp_path).pixels
    assert np.array_equal(both[..., 3], opacity)
    assert np.array_equal(both[..., :3], plain)


def test_a_picture_without_colours_stays_without(tmp_path: Path) -> None:
    grey = portrait().mean(axis=2).round().astype(np.uint8)
    plugins = [Heal({}), DodgeBurn({}), Mattifier({"strength": 1}), SkinTone({})]
    made = retouch(np.dstack([grey] * 3), plugins, tmp_path).pixels
    assert np.ptp(made.astype(int), axis=2).max() <= 1


def test_progress_rises_to_exactly_one(tmp_path: Path) -> None:
    seen: list[float] = []
    retouch(portrait(), everything(0.5), tmp_path, progress=seen.append)
    assert np.diff(seen).min() > -1e-9
    assert seen[-1] == 1
    assert len(seen) > 3 * len(PLUGINS)


@pytest.mark.parametrize("after", [0, 0.3, 0.7])
def test_stopping_is_heard_between_steps(after: float, tmp_path: Path) -> None:
    heard = []

    def stop(fraction: float) -> None:
        heard.append(fraction)
        if fraction >= after:
            raise Enough

    with pytest.raises(Enough):
        retouch(portrait(), everything(0.5), tmp_path, progress=stop)
    assert after <= heard[-1] < after + 0.12


def test_every_plugin_takes_a_very_small_picture(tmp_path: Path) -> None:
    for picture in (np.zeros((8, 9, 3), np.uint8), portrait()[300:364, 300:400].copy()):
        made = retouch(picture, everything(1), tmp_path).pixels
        assert made.ndim == 3
