"""What went wrong with a profile's server is found without reading what went well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TROUBLE = sa.text("kind <> 'accepted'")


def upgrade() -> None:
    """Add the index; what is accepted is not written to it."""
    op.create_index(
        "attempts_not_accepted", "attempts", ["profile", "at"], sqlite_where=_TROUBLE, postgresql_where=_TROUBLE
    )
