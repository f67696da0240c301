"""A template and a row to the exact bytes that are sent; the preview reads those bytes back."""

from smtpdesk.message.compose import Composer, Rendered
from smtpdesk.message.dkim import DnsRecord, SignedComposer, Signer, dkim_name, record
from smtpdesk.message.dkim_keys import DkimKey
from smtpdesk.message.errors import RowError
from smtpdesk.message.fields import FieldUse, complete, word_start
from smtpdesk.message.files import digest, message_files, snapshot
from smtpdesk.message.folder import load_campaign, load_frozen, save_campaign
from smtpdesk.message.headers import needs_smtputf8
from smtpdesk.message.ids import message_id
from smtpdesk.message.paths import recipients_file
from smtpdesk.message.readback import AttachedFile, ReadBack, read_back

__all__ = [
    "AttachedFile",
    "Composer",
    "DkimKey",
    "DnsRecord",
    "FieldUse",
    "ReadBack",
    "Rendered",
    "RowError",
    "SignedComposer",
    "Signer",
    "complete",
    "digest",
    "dkim_name",
    "load_campaign",
    "load_frozen",
    "message_files",
    "message_id",
    "needs_smtputf8",
    "read_back",
    "recipients_file",
    "record",
    "save_campaign",
    "snapshot",
    "word_start",
]
