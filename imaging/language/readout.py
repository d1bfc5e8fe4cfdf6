"""Reads out, in the reader's language, sentences that were kept in English.

Why something failed is written down once, for everybody. Whoever reads it later is
given the translation of the sentence it was made by, with what was filled in.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from gettext import GNUTranslations, translation

from django.conf import settings
from django.utils.translation import get_language

HOLDER = re.compile(r"%(?:\((\w+)\))?[.\d]*[sdf]|%%")
# With fewer letters of its own a text may be anything: "%(provider)s: %(reason)s".
LETTERS = 8
# Nothing of ours is longer; a vendor's words may be.
LONGEST = 1_000


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return our own texts and what they are in a language."""
    found = translation("django", settings.LOCALE_PATHS[0], [language], fallback=True)
    if not isinstance(found, GNUTranslations):
        return {}
    texts: dict[object, str] = found._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in texts.items() if isinstance(key, str) and key}


@cache
def moulds(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return how to know a text with something filled in, the most telling first."""
    texts = [text for text in catalogue(language) if HOLDER.search(text)]
    texts.sort(key=lambda text: -len(HOLDER.sub("", text)))
    return [
        (mould_of(text), catalogue(language)[text])
        for text in texts
        if sum(map(str.isalpha, HOLDER.sub("", text))) >= LETTERS
    ]


def mould_of(text: str) -> re.Pattern[str]:
    """Return the pattern of a text in which anything may be filled in."""
    pieces, end, seen = [], 0, set()
    for holder in HOLDER.finditer(text):
        pieces.append(re.escape(text[end : holder.start()]))
        end, name = holder.end(), holder[1]
        if holder[0] == "%%":
            pieces.append("%")
        elif name in seen:
            pieces.append(f"(?P={name})")
        else:
            pieces.append(f"(?P<{name}>.+?)" if name else "(.+?)")
            seen |= {name} if name else set()
    return re.compile("".join([*pieces, re.escape(text[end:])]))


def fill(text: str, found: re.Match[str]) -> str:
    """Fill in what was found; what was a sentence itself is read out, too."""
    loose = iter(found.groups())

    def put(holder: re.Match[str]) -> str:
        if holder[0] == "%%":
            return "%"
        value = found[holder[1]] if holder[1] else next(loose)
        return ", ".join(map(read_out, value.split(", ")))

    return HOLDER.sub(put, text)


def whole(text: str, language: str) -> str | None:
    """Return the translation of a text that is one of ours; None for any other."""
    if said := catalogue(language).get(text):
        return None if HOLDER.search(text) else said
    for mould, said in moulds(language):
        if found := mould.fullmatch(text):
            return fill(said, found)
    return None


@lru_cache(maxsize=4096)
def parts(text: str, language: str) -> str:
    """Read out a text of several sentences: the longest beginnings that are ours."""
    if (said := whole(text, language)) is not None:
        return said
    words = re.split(r"(?<=[.!?:”)]) ", text)
    for count in range(len(words) - 1, 0, -1):
        first = whole(" ".join(words[:count]), language)
        if first is not None:
            return f"{first} {parts(' '.join(words[count:]), language)}"
    if len(words) > 1:
        return f"{words[0]} {parts(' '.join(words[1:]), language)}"
    return text


def read_out(text: object) -> str:
    """Return a sentence that was kept in English, as this reader understands it."""
    said, language = str(text), get_language() or "en"
    if language == "en" or not 0 < len(said) <= LONGEST:
        return said
    return parts(said, language)
