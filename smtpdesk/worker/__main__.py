"""``python -m smtpdesk.worker``."""

import os
import sys

from smtpdesk.base.starting import importing

with importing():
    from smtpdesk.worker.main import main

status = main()
sys.stdout.flush()
# A thread may still wait on standard input or on a keyring prompt; everything is written, so it is not waited for.
os._exit(status)
