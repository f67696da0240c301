"""A template and a row to the exact bytes that are sent; the preview reads those bytes back."""

from smtpdesk.message.compose import Composer, Rendered
from smtpdesk.message.errors import RowError
from smtpdesk.message.fields import FieldUse, complete
from smtpdesk.message.files import digest, message_files, snapshot
from smtpdesk.message.folder import load_campaign, save_campaign
from smtpdesk.message.headers import needs_smtputf8
from smtpdesk.message.ids import message_id
from smtpdesk.message.paths import recipients_file
from smtpdesk.message.readback import AttachedFile, ReadBack, read_back

__all__ = [
    "AttachedFile",
    "Composer",
    "FieldUse",
    "ReadBack",
    "Rendered",
    "RowError",
    "complete",
    "digest",
    "load_campaign",
    "message_files",
    "message_id",
    "needs_smtputf8",
    "read_back",
    "recipients_file",
    "save_campaign",
    "snapshot",
]
