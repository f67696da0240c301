"""Runs planned piece by piece and leased to one worker; lanes of several workers, and what they did over time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and tables; lanes are made anew, what they held was of the moment."""
    _runs()
    op.drop_table("lanes")
    _lanes()
    _samples()
    _events()


def _runs() -> None:
    for column in (
        sa.Column("expected", sa.Integer, nullable=False, server_default="0"),
        sa.Column("plan_source", _KEY),
        sa.Column("plan_after", _KEY, nullable=False, server_default="0"),
        sa.Column("plan_again", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("lease_token", _KEY, nullable=False, server_default="0"),
        sa.Column("lease_holder", sa.Text, nullable=False, server_default=""),
        sa.Column("lease_at", sa.Double),
        sa.Column("place", sa.Text, nullable=False, server_default=""),
    ):
        op.add_column("runs", column)


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("run", _KEY, sa.ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("profile", sa.Text, primary_key=True),
        sa.Column("worker", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("connections", sa.Integer, nullable=False),
        *_tallies(),
        sa.Column("rate", sa.Double, nullable=False),
        sa.Column("allowed", sa.Double),
        sa.Column("full_rate", sa.Double),
        sa.Column("left_today", sa.Integer),
        sa.Column("until", sa.Double),
        sa.Column("latency", sa.Text, nullable=False),
    )
    op.create_index("lanes_by_profile", "lanes", ["profile", "at"])


def _samples() -> None:
    op.create_table(
        "lane_samples",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("run", _KEY, sa.ForeignKey("runs.number", ondelete="CASCADE"), nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("connections", sa.Integer, nullable=False),
        *_tallies(),
        sa.Column("allowed", sa.Double),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("latency", sa.Text, nullable=False),
    )
    op.create_index("lane_samples_by_profile", "lane_samples", ["profile", "at"])
    op.create_index("lane_samples_by_run", "lane_samples", ["run", "at"])


def _events() -> None:
    op.create_table(
        "lane_events",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("run", _KEY, sa.ForeignKey("runs.number", ondelete="CASCADE"), nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("allowed", sa.Double),
        sa.Column("until", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_index("lane_events_by_profile", "lane_events", ["profile", "at"])
    op.create_index("lane_events_by_run", "lane_events", ["run", "at"])


def _tallies() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in ("accepted", "deferred", "rejected", "uncertain")]
