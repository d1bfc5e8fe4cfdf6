"""All plugins, in the order in which they are best applied."""

from __future__ import annotations

from imaging.providers.local.retouch.backdrop import CleanBackdrop
from imaging.providers.local.retouch.colour import ColorCorrection
from imaging.providers.local.retouch.crop import Crop
from imaging.providers.local.retouch.dust import Dust
from imaging.providers.local.retouch.eyes import EyeBrilliance, EyeVessels
from imaging.providers.local.retouch.fabric import Fabric
from imaging.providers.local.retouch.finding import FaceDetection, SkinMask
from imaging.providers.local.retouch.heal import Heal
from imaging.providers.local.retouch.light import (
    DodgeBurn,
    Mattifier,
    PortraitVolumes,
)
from imaging.providers.local.retouch.plugin import Plugin
from imaging.providers.local.retouch.teeth import WhiteTeeth
from imaging.providers.local.retouch.tone import SkinTone

PLUGINS: tuple[type[Plugin], ...] = (
    FaceDetection,
    SkinMask,
    CleanBackdrop,
    Heal,
    Fabric,
    Dust,
    EyeVessels,
    EyeBrilliance,
    WhiteTeeth,
    Mattifier,
    DodgeBurn,
    SkinTone,
    PortraitVolumes,
    ColorCorrection,
    Crop,
)
BY_KEY: dict[str, type[Plugin]] = {plugin.key: plugin for plugin in PLUGINS}
