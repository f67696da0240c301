"""Options that several commands share, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        envvar="SMTPDESK_WORKSPACE",
        metavar="DIR",
        help="Where profiles, lists and results are kept. Default: this user's data folder.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
FolderArgument = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="The campaign folder (it holds campaign.toml).", exists=False),
]
ProfilesOption = Annotated[
    list[str] | None,
    typer.Option("--profile", metavar="NAME", help="Send with this profile; may be given several times."),
]
