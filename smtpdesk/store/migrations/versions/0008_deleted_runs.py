"""Runs can be deleted: what stays is no person, but that the run was there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add when a run was deleted."""
    op.add_column("runs", sa.Column("deleted_at", sa.Double))
