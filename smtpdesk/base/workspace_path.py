"""Which folder is the workspace; an address of a database or a web site is none."""

from __future__ import annotations

import re
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.paths import default_workspace

#: ``postgresql://…``, also as a path keeps it (``postgresql:/…``). One letter is a drive of Windows.
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):[/\\]")


def workspace_folder(named: Path | None) -> Path:
    """The folder that was named, else the default one; absolute.

    Raises:
        InputError: ``workspace.address``: it is the address of something that is no folder.
    """
    return local_folder(named or default_workspace())


def local_folder(named: Path) -> Path:
    """A folder on this computer, absolute.

    Raises:
        InputError: ``workspace.address``.
    """
    found = _ADDRESS.match(str(named))
    if found:
        raise InputError(
            "workspace.address",
            _("“{scheme}:” begins an address, and this must be a folder on a disk of this computer.").format(
                scheme=found[1]
            ),
            _("Name a folder, for example --workspace {example}. Nothing was made.").format(example="/srv/smtpdesk"),
        )
    return named.absolute()
