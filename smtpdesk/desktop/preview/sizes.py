"""Sizes of files in words."""

from __future__ import annotations

from smtpdesk.base.i18n import _

_STEP = 1000


def file_size(octets: int) -> str:
    """``41 KB``, ``1.4 MB``: decimal, as mail providers state their limits."""
    if octets < _STEP:
        return _("{n} bytes").format(n=octets)
    if octets < _STEP * _STEP:
        return _("{n} KB").format(n=round(octets / _STEP))
    return _("{n} MB").format(n=f"{octets / _STEP / _STEP:.1f}")
