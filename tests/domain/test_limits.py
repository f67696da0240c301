"""Limits as people write them."""

from __future__ import annotations

import pytest

from smtpdesk.domain.limits import (
    format_domain_limits,
    format_size,
    limit_texts,
    parse_domain_limit,
    parse_domain_limits,
    parse_size,
)
from smtpdesk.domain.profile import DomainLimit, Limits


@pytest.mark.parametrize(
    ("text", "octets"),
    [("10MB", 10 * 1024**2), ("25 MiB", 25 * 1024**2), ("1.5m", 1_572_864), ("900000", 900_000), ("2gb", 2 * 1024**3)],
)
def test_sizes_are_read(text: str, octets: int) -> None:
    assert parse_size(text) == octets


@pytest.mark.parametrize("text", ["", "MB", "-1", "0", "ten", "1,5MB", "10XB", "١"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_size(text)


@pytest.mark.parametrize("octets", [1, 1023, 1024, 35_882_577, 26_214_400, 1_572_864, 3 * 1024**3 + 1])
def test_a_size_reads_back_as_itself(octets: int) -> None:
    assert parse_size(format_size(octets)) == octets
    assert format_size(26_214_400) == "25MB"
    assert format_size(None) == ""


def test_limits_towards_domains_are_read_and_written() -> None:
    read = parse_domain_limits("@Gmail.com = 20/min, *=60/min; bücher.example=5/h")
    assert read == (
        DomainLimit("gmail.com", 20, 60.0),
        DomainLimit("*", 60, 60.0),
        DomainLimit("bücher.example", 5, 3600.0),
    )
    assert parse_domain_limits(format_domain_limits(read)) == read
    assert parse_domain_limits("  ") == ()


@pytest.mark.parametrize(
    "text", ["gmail.com", "gmail=20/min", "gmail.com=fast", "gmail.com=0/s", "=3/s", "a b.com=3/s"]
)
def test_what_is_no_limit_towards_a_domain_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_domain_limit(text)


def test_a_domain_has_one_limit() -> None:
    with pytest.raises(ValueError):
        parse_domain_limits("gmail.com=20/min, gmail.com=3/s")


def test_the_limits_by_name_as_people_write_them() -> None:
    limits = Limits(rate=30, rate_seconds=60.0, hourly=500, max_size=1024**2, per_domain=(DomainLimit("*", 1, 1.0),))
    written = limit_texts(limits)
    assert {name: text for name, text in written.items() if text} == {
        "max_connections": "2", "rate": "30/min", "hourly": "500", "max_size": "1MB", "per_domain": "*=1/s",
    }  # fmt: skip
