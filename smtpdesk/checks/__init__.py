"""Says what is wrong before it is sent; one file a check."""

from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._run import Check, all_checks, run_checks
from smtpdesk.checks._survey import Survey

__all__ = ["Check", "CheckContext", "Survey", "all_checks", "run_checks"]
