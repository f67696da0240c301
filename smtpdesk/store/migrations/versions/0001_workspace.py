"""Profiles, lists with their recipients, campaigns, settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LISTED = sa.text("state = 'ready'")
_SET_ASIDE = sa.text("state <> 'ready'")


def upgrade() -> None:
    """Make the tables."""
    _profiles()
    _lists()
    op.create_table(
        "campaigns",
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("tested_at", sa.Double),
        sa.Column("test_ok", sa.Boolean),
        sa.Column("test_note", sa.Text, nullable=False, server_default=""),
    )


def _lists() -> None:
    op.create_table(
        "lists",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sheet", sa.Text, nullable=False),
        sa.Column("columns", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("address_column", sa.Text, nullable=False),
        sa.Column("field_names", sa.Text, nullable=False),
        sa.Column("imported_at", sa.Double, nullable=False),
        sa.Column("ready", sa.Integer, nullable=False, server_default="0"),
        sa.Column("set_aside", sa.Integer, nullable=False, server_default="0"),
        sqlite_autoincrement=True,
    )
    op.create_index("lists_by_name", "lists", ["name"], unique=True, sqlite_where=_LISTED, postgresql_where=_LISTED)
    op.create_table(
        "recipients",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("list_id", _KEY, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index(
        "recipients_set_aside",
        "recipients",
        ["list_id", "state", "id"],
        sqlite_where=_SET_ASIDE,
        postgresql_where=_SET_ASIDE,
    )
