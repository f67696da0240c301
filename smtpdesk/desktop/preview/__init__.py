"""A message as people will see it, shown so that nothing happens: no script, no request, no trace.

``MessagePreview`` shows the very bytes of a message in tabs (HTML, text, headers, source, attachments)::

    preview = MessagePreview()
    preview.show_message(raw, back)        # bytes, and what smtpdesk.message.read_back made of them
    preview.show_problem(error)            # a DeskError, in place

:func:`smtpdesk.desktop.preview.schemes.register` must be called before the QApplication is made.
"""

from smtpdesk.desktop.preview.message_preview import MessagePreview

__all__ = ["MessagePreview"]
