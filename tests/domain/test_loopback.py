"""Which hosts are this computer: there a password may go in the clear."""

from __future__ import annotations

import pytest

from smtpdesk.domain.loopback import is_loopback, is_loopback_address


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost",
        "localhost.",
        "mail.localhost",
        "127.0.0.1",
        "127.8.9.10",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
    ],
)
def test_this_computer(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *("127.evil.example", "127.0.0.1.evil.example", "127.", "127.0.0.1x", "127.0.0.256", "127.1", "0127.0.0.1"),
        *("localhost.evil.example", "notlocalhost", ".localhost", "a..localhost", "localhost.localdomain", ""),
        *(
            "::2",
            "[::1].evil.example",
            "::ffff:192.0.2.1",
            "0.0.0.0",
            "192.0.2.127",
            "1.127.0.0",
            "127.0.0.1@evil.example",
        ),
    ],
)
def test_somebody_elses(host: str) -> None:
    assert not is_loopback(host)


def test_an_address_with_a_zone_is_still_an_address() -> None:
    assert is_loopback_address("::1%lo")
    assert not is_loopback_address("localhost"), "a name is no address"
