"""The built-in SMTP server that keeps mail as .eml files and delivers none."""

from smtpdesk.sandbox.behaviour import Behaviour
from smtpdesk.sandbox.inbox import Inbox, InboxItem
from smtpdesk.sandbox.process import dismiss, ensure
from smtpdesk.sandbox.server import SandboxServer

__all__ = ["Behaviour", "Inbox", "InboxItem", "SandboxServer", "dismiss", "ensure"]
