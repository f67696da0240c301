"""The system's own timer: starts what is scheduled without the window. One file a system, and pure text in each."""

from smtpdesk.desk.system_timer.job import Job, job_for
from smtpdesk.desk.system_timer.runner import SystemTimer, Unavailable, system_timer

__all__ = ["Job", "SystemTimer", "Unavailable", "job_for", "system_timer"]
