"""The registry: each folder here is a provider; adding one is adding a folder.

Folders of a studio's own providers are named in PROVIDERS_PATH.
"""

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.conf import settings

from imaging.providers.base import Operation, Provider

__path__ = [*__path__, *settings.PROVIDERS_PATH]


@cache
def _registry() -> dict[str, Provider]:
    """Walk the folders once; each has a `client` with a class named `Client`."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            client = import_module(f"{__name__}.{module.name}.client").Client()
            if client.key != module.name:
                raise ValueError(f"{module.name} calls itself {client.key}.")
            found[client.key] = client
    return found


def providers() -> list[Provider]:
    """Return every provider, the built-in one first."""
    return sorted(_registry().values(), key=lambda one: (one.key != "local", one.key))


def get(key: str) -> Provider:
    """Return the provider of this name; KeyError if there is none."""
    return _registry()[key]


def servers() -> list[ModuleType]:
    """Return the module of each provider whose own API is answered here, too."""
    found = (f"{__name__}.{one.key}.server" for one in providers())
    return [import_module(name) for name in found if find_spec(name)]


def doors() -> dict[str, str]:
    """Return the operation that programs ask for at each API that is answered here.

    The module of such an API names it as OPERATION; without, no provider does its work.
    """
    found = {one.__name__.split(".")[-2]: one for one in servers()}
    asked = {key: getattr(one, "OPERATION", "") for key, one in found.items()}
    return {key: operation for key, operation in asked.items() if operation}


def operation(provider: str, key: str) -> Operation:
    """Return one operation of one provider; KeyError if there is none."""
    return get(provider).operation(key)
