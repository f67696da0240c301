"""Any spreadsheet to clean recipients; one file a format.

:func:`look` shows how a source would be read, from its head; :func:`read` reads all of it, in chunks.
"""

from smtpdesk.recipients.reading import Reading, look, read
from smtpdesk.recipients.shape import Choices, Pasted, Preview, Shape, Source

__all__ = ["Choices", "Pasted", "Preview", "Reading", "Shape", "Source", "look", "read"]
