"""What the sandbox carried reached nobody. What was sent before this is known is taken as sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add which deliveries only the sandbox has carried, and which runs have some."""
    op.add_column("runs", sa.Column("rehearsed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("deliveries", sa.Column("rehearsal", sa.Boolean, nullable=False, server_default=sa.false()))
