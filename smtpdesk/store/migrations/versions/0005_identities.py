"""A campaign is known by an identity of its own, wherever its folder is; runs of before get the one of their folder."""

from __future__ import annotations

import os
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the identities, and write every folder as it is called without links and detours."""
    op.add_column("runs", sa.Column("identity", sa.Text, nullable=False, server_default=""))
    op.create_index("runs_by_identity", "runs", ["identity"])
    op.create_table(
        "campaign_places",
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("identity", sa.Text, nullable=False),
    )
    op.create_index("campaign_places_by_identity", "campaign_places", ["identity"])
    _runs()
    _campaigns()


def _runs() -> None:
    connection = op.get_bind()
    known: dict[str, str] = {}
    for (folder,) in connection.execute(sa.text("SELECT DISTINCT folder FROM runs")).all():
        real = os.path.realpath(folder)
        if real not in known:
            known[real] = uuid.uuid4().hex
            values = {"folder": real, "identity": known[real]}
            connection.execute(
                sa.text("INSERT INTO campaign_places (folder, identity) VALUES (:folder, :identity)"), values
            )
        connection.execute(
            sa.text("UPDATE runs SET folder = :real, identity = :identity WHERE folder = :folder"),
            {"real": real, "identity": known[real], "folder": folder},
        )


def _campaigns() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT folder FROM campaigns ORDER BY opened_at DESC")).scalars().all()
    seen: set[str] = set()
    for folder in rows:
        real = os.path.realpath(folder)
        if real in seen:
            connection.execute(sa.text("DELETE FROM campaigns WHERE folder = :folder"), {"folder": folder})
        elif real != folder:
            connection.execute(sa.text("DELETE FROM campaigns WHERE folder = :real"), {"real": real})
            connection.execute(
                sa.text("UPDATE campaigns SET folder = :real WHERE folder = :folder"), {"real": real, "folder": folder}
            )
        seen.add(real)
