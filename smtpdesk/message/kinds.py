"""The MIME type of a file by its name; the same on every computer, whatever the system's own tables say."""

from __future__ import annotations

import mimetypes

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_MORE = {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".odt": f"{_OPEN}.text",
    ".ods": f"{_OPEN}.spreadsheet",
    ".odp": f"{_OPEN}.presentation",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".epub": "application/epub+zip",
    ".7z": "application/x-7z-compressed",
    ".ics": "text/calendar",
    ".vcf": "text/vcard",
    ".md": "text/markdown",
    ".rtf": "application/rtf",
}
_TYPES = mimetypes.MimeTypes()
_UNKNOWN = "application/octet-stream"


def mime_type(name: str) -> str:
    """The type for a file name; ``application/octet-stream`` when it is not known.

    message/* and multipart/* may not travel in base64 (RFC 2046 section 5.2.1), so such files are sent as plain data.
    """
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix in _MORE:
        return _MORE[suffix]
    found, encoding = _TYPES.guess_type(name, strict=True)
    if encoding is not None:
        return "application/gzip" if encoding == "gzip" else _UNKNOWN
    if found is None or found.startswith(("message/", "multipart/")):
        return _UNKNOWN
    return found
