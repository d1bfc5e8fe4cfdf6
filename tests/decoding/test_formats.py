"""Names of strangers' files, made fit to be shown and sent."""

import unicodedata

import pytest

from imaging.decoding.formats import clean_name


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("wedding.jpg", "wedding.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\Anna & Tom.JPG", "Anna & Tom.JPG"),
        ("a/b/", "image"),
        ("..", "image"),
        ("", "image"),
        (".jpg", "image.jpg"),
        ("  spaced   out .png", "spaced out.png"),
        ("line\u2028break\r\n.png", "line break.png"),
        ("nul\0tab\t\x1b[31m.png", "nultab [31m.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("zero\u200bwidth\ufeff\u2060.png", "zerowidth.png"),
        ("half\ud83d.png", "half.png"),
        ("cafe\u0301.png", "caf\u00e9.png"),
        ("e\u200b\u0301.png", "\u00e9.png"),
        ("사진 1.heic", "사진 1.heic"),
        ("trailing. . .", "trailing"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@pytest.mark.parametrize("name", ["x" * 400 + ".jpeg", "x" * 146 + ".jpeg", "é" * 999])
def test_names_have_at_most_150_characters_and_keep_their_extension(name: str) -> None:
    clean = clean_name(name)
    assert len(clean) == 150
    assert clean.endswith(name[-5:])


def test_what_is_too_long_for_an_extension_is_none() -> None:
    assert clean_name("a." + "b" * 300) == ("a." + "b" * 300)[:150]


def test_cleaning_twice_changes_nothing() -> None:
    for code in range(0x3000):
        once = clean_name(f"a{chr(code)}b{chr(code)}.jpg")
        assert clean_name(once) == once
        assert unicodedata.is_normalized("NFC", once)
        assert not {"/", "\\", "\0", "\n"} & set(once)
