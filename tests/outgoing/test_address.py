"""Which addresses are called, and which are not."""

import pytest

from imaging.failures import ProviderError
from imaging.outgoing import address
from imaging.outgoing.address import Origin, check_address, read_url

INWARD = """
127.0.0.1 127.8.8.8 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 192.0.0.8
192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1
::1 fc00::1 fd12::1 2001:db8::1 2001::1 2002:7f00:1:: 3fff::1 ::ffff:127.0.0.1
fec0::1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1
"""
NEVER = """
0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 168.63.129.16 100.100.100.200
192.0.0.192 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
:: fe80::1 fe80::1%eth0 ff02::1 fd00:ec2::254 fd20:ce::254 ::127.0.0.1
::ffff:169.254.169.254 ::ffff:0.0.0.0 64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1
"""
PUBLIC = "8.8.8.8 1.1.1.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808"

AMBIGUOUS = """
https://2130706433/ https://0x7f000001/ https://0x7f.1/ https://0177.0.0.1/
https://127.1/ https://127.0.0.01/ https://1.2.3.4.5/ https://example.com./
https://127.0.0.1./ https://[fe80::1%25eth0]/ https://[::1/ https://[1.2.3.4]/
https://user@example.com/ https://user:word@example.com/ https://@example.com/
https://example.com:0/ https://example.com:99999/ https://example.com:x/
https://exa\\mple.com/ https:///path https:// https://-a.example/ https://a..b/
ftp://example.com/ file:///etc/passwd gopher://example.com/ javascript:alert(1)
//example.com/ example.com https://１２７.１/ https://exa%6dple.com/
"""


def refusal(url: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        read_url(url)
    return caught.value


@pytest.mark.parametrize("where", INWARD.split())
def test_inward_addresses_need_permission(where: str) -> None:
    with pytest.raises(ProviderError) as caught:
        check_address(where, private=False)
    assert caught.value.code == "forbidden_address"
    assert caught.value.permanent
    check_address(where, private=True)


@pytest.mark.parametrize("where", NEVER.split())
def test_some_addresses_are_never_called(where: str) -> None:
    for private in (True, False):
        with pytest.raises(ProviderError, match="never called"):
            check_address(where, private=private)


@pytest.mark.parametrize("where", PUBLIC.split())
def test_public_addresses_are_called(where: str) -> None:
    check_address(where, private=False)


@pytest.mark.parametrize("url", [*AMBIGUOUS.split(), "https://a b/", "https://a/\n"])
def test_an_address_in_an_odd_form_is_refused(url: str) -> None:
    assert refusal(url).code == "forbidden_address"


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("https://API.Example.com", ("https", "api.example.com", 443), "/"),
        ("http://h:8080/a%2Fb?x=%7E#f", ("http", "h", 8080), "/a%2Fb?x=%7E"),
        ("https://[2606:4700::0:1]/é", ("https", "2606:4700::1", 443), "/%C3%A9"),
        ("https://bücher.example/?", ("https", "xn--bcher-kva.example", 443), "/"),
        ("https://１.１.１.１/", ("https", "1.1.1.1", 443), "/"),
    ],
)
def test_an_address_is_read_into_one_form(
    url: str, origin: tuple[str, str, int], target: str
) -> None:
    assert read_url(url) == (Origin(*origin), target)


def test_one_inward_answer_among_good_ones_is_enough_to_refuse() -> None:
    origin = Origin("https", "two.example", 443)
    with pytest.raises(ProviderError, match=r"10\.0\.0\.1 is not a public"):
        address.addresses(
            origin, private=False, resolve=lambda *_: ["8.8.8.8", "10.0.0.1"], seconds=9
        )


def test_a_name_is_resolved_by_the_system() -> None:
    assert "127.0.0.1" in address.resolve("localhost", 80)
