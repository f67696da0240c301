"""Runs that are at work, or wait, are found without reading all others."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the index."""
    op.create_index("runs_by_state", "runs", ["state", "number"])
