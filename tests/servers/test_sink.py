from __future__ import annotations

import smtplib

import pytest

from tests.servers.sink import Sink, missing, running_sink

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

MESSAGE = b"Subject: x\r\n\r\nline\r\n.dot\r\n"


def test_the_sink_keeps_envelope_and_bytes(sink: Sink) -> None:
    with smtplib.SMTP(sink.host, sink.port) as client:
        client.sendmail("from@example.com", ["a@example.net", "b@example.net"], MESSAGE)
        client.sendmail("from@example.com", ["a@example.net"], MESSAGE)
    sink.wait(2)
    assert sink.per_recipient() == {"a@example.net": 2, "b@example.net": 1}
    assert [(kept.sender, kept.raw) for kept in sink.stored()] == [("from@example.com", MESSAGE)] * 2


def test_the_sink_refuses_what_it_is_told_to() -> None:
    with (
        running_sink("-r", "rcpt", keep=False) as sink,
        smtplib.SMTP(sink.host, sink.port) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused) as refused,
    ):
        client.sendmail("from@example.com", ["a@example.net"], MESSAGE)
    assert refused.value.recipients["a@example.net"][0] == 450


def test_the_sink_counts_without_keeping() -> None:
    with running_sink(keep=False) as sink:
        with smtplib.SMTP(sink.host, sink.port) as client:
            for _ in range(5):
                client.sendmail("from@example.com", ["a@example.net"], MESSAGE)
        sink.wait(5)
        assert sink.messages() == 5
        assert sink.stored() == []
