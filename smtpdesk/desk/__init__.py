"""What a person can do; no Qt, no sockets of its own."""

from smtpdesk.desk.desk import Desk

__all__ = ["Desk"]
