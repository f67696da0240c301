"""Windows: a task of the Task Scheduler. XML only; nothing is run here."""

from __future__ import annotations

import math
import subprocess
from pathlib import PureWindowsPath
from xml.sax.saxutils import escape

from smtpdesk.base.clock import utc
from smtpdesk.desk.system_timer.job import Job


def name(job: Job) -> str:
    """The task's name, in a folder of its own."""
    return f"\\SMTPDesk\\{job.name}"


def task(job: Job) -> str:
    """The task for ``schtasks /Create /XML``: at these moments and at sign-in; a missed moment is caught up."""
    program = PureWindowsPath(job.command[0])
    if program.name.lower() == "python.exe":  # the one that opens no black window
        program = program.with_name("pythonw.exe")
    times = "".join(
        f"    <TimeTrigger><StartBoundary>{utc(math.ceil(at)):%Y-%m-%dT%H:%M:%SZ}</StartBoundary>"
        "<Enabled>true</Enabled></TimeTrigger>\n"
        for at in job.moments
    )
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>{escape(job.description)}</Description></RegistrationInfo>
  <Triggers>
{times}    <LogonTrigger><Enabled>true</Enabled></LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(str(program))}</Command>
      <Arguments>{escape(subprocess.list2cmdline(job.command[1:]))}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
