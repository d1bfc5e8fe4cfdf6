"""Which networks are here: with the wheel and without it, and the studio's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from imaging.providers.base import Facts
from imaging.providers.local import models
from imaging.providers.local.recipes import WAYS, Missing, network_for
from imaging.providers.local.upscaling import Upscale

from .networks import needs_networks, repeating

FACTS = Facts("a.png", "png", 1_000, 300, 200)


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a Python for which there is no wheel of the networks."""
    monkeypatch.setattr(models, "DISTRIBUTION", "no-such-distribution")


@needs_networks
def test_every_network_that_is_used_lies_in_the_wheel() -> None:
    assert {way.network for way in WAYS.values()} <= set(models.installed())
    for model in models.installed().values():
        assert model.param.is_file()
        assert model.weights.stat().st_size > 100_000


@needs_networks
def test_the_wheels_own_module_is_never_imported() -> None:
    script = (
        "import sys, django; django.setup()\n"
        "from imaging.providers.local import models, network\n"
        "network.Network(models.find(models.COMPACT))\n"
        "assert not [name for name in sys.modules if 'realesrgan' in name]\n"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "-c", script], check=True, env=env)


@needs_networks
def test_the_processor_does_the_work_and_no_graphics_driver_is_touched() -> None:
    script = (
        "import django; django.setup()\n"
        "import numpy as np\n"
        "from pathlib import Path\n"
        "from imaging.providers.local import models, network\n"
        "made = network.Network(models.find(models.COMPACT))\n"
        "made(np.zeros((3, 32, 32), np.float32))\n"
        "assert not made._net.opt.use_vulkan_compute\n"
        "assert 'vulkan' not in Path('/proc/self/maps').read_text()\n"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "-c", script], check=True, env=env)


@pytest.mark.usefixtures("no_wheel")
@pytest.mark.parametrize("patience", ["fast", "best"])
def test_without_the_wheel_the_classical_engine_does_the_work(patience: str) -> None:
    assert models.installed() == {}
    for category in ("general", "person", "animation", "cg", "retro"):
        assert network_for({"category": category, "patience": patience}) is None
    assert not Upscale().check(FACTS, Upscale().defaults()).blocked


@pytest.mark.usefixtures("no_wheel")
def test_without_the_wheel_the_form_says_so() -> None:
    form = Upscale.form()
    assert "No neural networks are installed here" in form[
        "patience"
    ].as_widget() + str(form["patience"].help_text)


@needs_networks
def test_with_the_wheel_the_form_says_nothing() -> None:
    assert not Upscale.form()["patience"].help_text


def test_where_nothing_runs_networks_there_are_none(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.MODELS = tmp_path
    repeating(tmp_path)
    monkeypatch.setattr(models, "RUNTIME", "no_such_module")
    assert models.installed() == models.own() == {}


def test_a_network_that_was_dropped_into_the_folder_can_be_chosen(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MODELS = tmp_path
    repeating(tmp_path, name="our films")
    assert ("own:our films", "our films") in Upscale.form().fields["engine"].choices
    form = Upscale.form({**Upscale().defaults(), "engine": "own:our films"})
    assert form.is_valid()
    recipe = network_for(form.cleaned_data)
    assert recipe
    assert recipe.model.param == tmp_path / "our films.param"


def test_half_a_network_is_none(settings: Settings, tmp_path: Path) -> None:
    settings.MODELS = tmp_path
    (tmp_path / "half.param").touch()
    (tmp_path / "other.bin").touch()
    assert models.own() == {}


def test_a_folder_that_is_not_there_holds_no_networks(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MODELS = tmp_path / "absent"
    assert models.own() == {}


def test_a_network_that_went_away_is_missed(settings: Settings, tmp_path: Path) -> None:
    settings.MODELS = tmp_path
    options = {**Upscale().defaults(), "engine": "own:gone"}
    with pytest.raises(Missing):
        network_for(options)
    verdict = Upscale().check(FACTS, options)
    assert verdict.blocked
    assert "gone" in verdict.reason
    assert Upscale().estimate(FACTS, options).seconds > 0
