"""Whether a sending domain is trusted: what DNS says about it, in words, with the records to publish."""

from smtpdesk.desk.trust.report import Check, DomainReport, Record, State, Trust

__all__ = ["Check", "DomainReport", "Record", "State", "Trust"]
