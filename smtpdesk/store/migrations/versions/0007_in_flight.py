"""Each run knows which in-flight file is its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the stamp; runs of before have none, and so no file that would be believed."""
    op.add_column("runs", sa.Column("in_flight", sa.Text, nullable=False, server_default=""))
