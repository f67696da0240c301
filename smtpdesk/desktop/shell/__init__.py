"""The window around the pages: rail, sheet, toasts, shortcuts, closing. Pages know only :mod:`.context` of it."""
