"""Mail servers of other makers, as people have them: Exim, OpenSMTPD, Sendmail and Haraka, each on loopback.

``packaging/foreign-servers.sh`` brings them. Exim and Sendmail hand on what they took to a smtp-sink, OpenSMTPD and
Haraka keep it: either way a test sees what would leave for the world. ``running(kind, …)`` starts one.
"""

from __future__ import annotations

from tests.servers.foreign.exim import Exim
from tests.servers.foreign.haraka import Haraka
from tests.servers.foreign.opensmtpd import OpenSmtpd
from tests.servers.foreign.sendmail import Sendmail
from tests.servers.foreign.server import PASSWORD, USER, ForeignServer, running

#: All of them.
KINDS: tuple[type[ForeignServer], ...] = (Exim, OpenSmtpd, Sendmail, Haraka)

__all__ = ["KINDS", "PASSWORD", "USER", "Exim", "ForeignServer", "Haraka", "OpenSmtpd", "Sendmail", "running"]
