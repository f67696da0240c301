"""Suppressions, runs with lanes and counters, deliveries, attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PENDING = sa.text("state = 'pending'")
_TROUBLED = sa.text(
    "state = 'sending' OR state = 'rejected' OR state = 'uncertain' OR state = 'skipped' OR state = 'cancelled'"
)
_COUNTED = sa.text("(kind = 'accepted' OR kind = 'uncertain')")
_COUNTS = ("pending", "deferred", "sending", "accepted", "rejected", "uncertain", "skipped", "cancelled")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "suppressions",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )
    _runs()
    _deliveries()
    _attempts()


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("number", _KEY, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("campaign", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("profiles", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("finished_at", sa.Double),
        sa.Column("seen_at", sa.Double),
        sa.Column("field_names", sa.Text, nullable=False, server_default="[]"),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_by_folder", "runs", ["folder"])
    op.create_index("runs_by_digest", "runs", ["digest"])
    op.create_table(
        "lanes",
        sa.Column("run", _KEY, sa.ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("profile", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("connections", sa.Integer, nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("rate", sa.Double, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("run", _KEY, sa.ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("advanced", _KEY, nullable=False, server_default="0"),
        *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in _COUNTS),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("run", _KEY, sa.ForeignKey("runs.number"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False, server_default=""),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due", sa.Double, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("first_tried", sa.Double),
        sa.Column("changed", _KEY, nullable=False, server_default="0"),
        sa.Column("profile", sa.Text, nullable=False, server_default=""),
        sa.Column("stage", sa.Text, nullable=False, server_default=""),
        sa.Column("kind", sa.Text, nullable=False, server_default=""),
        sa.Column("blame", sa.Text, nullable=False, server_default=""),
        sa.Column("code", sa.Integer, nullable=False, server_default="0"),
        sa.Column("enhanced", sa.Text, nullable=False, server_default=""),
        sa.Column("text", sa.Text, nullable=False, server_default=""),
        sa.Column("cause", sa.Text, nullable=False, server_default=""),
        sa.Column("updated_at", sa.Double),
        sa.UniqueConstraint("run", "address_key", name="deliveries_once"),
    )
    op.create_index(
        "deliveries_pending", "deliveries", ["run", "due", "id"], sqlite_where=_PENDING, postgresql_where=_PENDING
    )
    op.create_index(
        "deliveries_troubled",
        "deliveries",
        ["run", "state", "cause"],
        sqlite_where=_TROUBLED,
        postgresql_where=_TROUBLED,
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("run", _KEY, nullable=False),
        sa.Column("delivery", _KEY, sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("blame", sa.Text, nullable=False),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("enhanced", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("attempts_by_run", "attempts", ["run", "id"])
    op.create_index("attempts_by_delivery", "attempts", ["delivery"])
    op.create_index("attempts_counted", "attempts", ["profile", "at"], sqlite_where=_COUNTED, postgresql_where=_COUNTED)
