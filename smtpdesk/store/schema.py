"""The tables, as the newest migration leaves them. The migrations are the history; a test holds the two together.

Two ids are made of two numbers, so that a list or a run is one stretch of its table and needs no index to be walked:
a recipient's id is ``list id * SPAN + position``, a delivery's is ``run number * SPAN + seq``.

JSON is kept as text. Times are seconds since the epoch, UTC. A delivery that was never tried has ``due`` 0.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

#: Room for the rows of one list or run: 2**32.
SPAN = 1 << 32

#: A 64-bit key. SQLite wants the plain word INTEGER to make it the row's own address.
KEY = BigInteger().with_variant(Integer(), "sqlite")

# Conditions of partial indexes. A query must repeat one of their terms word for word to be served by the index,
# with the constant written out (SQLite decides before it sees bound values).
LISTED = text("state = 'ready'")
SET_ASIDE = text("state <> 'ready'")
PENDING = text("state = 'pending'")
#: Deliveries whose last try blamed the profile, and the others.
BLAMES_PROFILE, BLAMES_OTHERS = text("blame = 'profile'"), text("blame <> 'profile'")
TROUBLED = text(
    "state = 'sending' OR state = 'rejected' OR state = 'uncertain' OR state = 'skipped' OR state = 'cancelled'"
)
#: Not of an index: the index of states serves it.
AT_WORK = text("runs.state IN ('planned', 'running')")
COUNTED = text("(kind = 'accepted' OR kind = 'uncertain')")
TROUBLE = text("kind <> 'accepted'")

metadata = MetaData()

profiles = Table(
    "profiles",
    metadata,
    Column("name", Text, primary_key=True),
    Column("data", Text, nullable=False),
    Column("tested_at", Double),
    Column("test_ok", Boolean),
    Column("test_note", Text, nullable=False, server_default=""),
)

lists = Table(
    "lists",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    #: writing (invisible, being filled), ready, or discarded (replaced, its rows are being deleted)
    Column("state", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sheet", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("address_column", Text, nullable=False),
    Column("field_names", Text, nullable=False),
    Column("imported_at", Double, nullable=False),
    Column("ready", Integer, nullable=False, server_default="0"),
    Column("set_aside", Integer, nullable=False, server_default="0"),
    Index("lists_by_name", "name", unique=True, sqlite_where=LISTED, postgresql_where=LISTED),
    sqlite_autoincrement=True,
)

recipients = Table(
    "recipients",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("list_id", KEY, nullable=False),
    Column("line", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("recipients_set_aside", "list_id", "state", "id", sqlite_where=SET_ASIDE, postgresql_where=SET_ASIDE),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("folder", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("opened_at", Double, nullable=False),
)

#: Where a campaign that was sent is, or was: several folders after it was moved.
campaign_places = Table(
    "campaign_places",
    metadata,
    Column("folder", Text, primary_key=True),
    Column("identity", Text, nullable=False),
    Index("campaign_places_by_identity", "identity"),
)

settings = Table(
    "settings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("target", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("source", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("number", KEY, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("campaign", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("profiles", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("seen_at", Double),
    Column("field_names", Text, nullable=False, server_default="[]"),
    #: how many deliveries there will be once it is planned to the end
    Column("expected", Integer, nullable=False, server_default="0"),
    #: the list that is still to be read for it (none: it is planned to the end), up to which recipient it was read,
    #: and whether those who have this campaign already get it again (that holds for every claim, too)
    Column("plan_source", KEY),
    Column("plan_after", KEY, nullable=False, server_default="0"),
    Column("plan_again", Boolean, nullable=False, server_default=false()),
    #: which worker may write: the token grows with every taking; see leases.py
    Column("lease_token", KEY, nullable=False, server_default="0"),
    Column("lease_holder", Text, nullable=False, server_default=""),
    Column("lease_at", Double),
    #: the computer and folder where it was begun
    Column("place", Text, nullable=False, server_default=""),
    #: the campaign that is sent, wherever its folder is; see campaign_places
    Column("identity", Text, nullable=False, server_default=""),
    #: what its in-flight file is signed with; see worker/in_flight.py
    Column("in_flight", Text, nullable=False, server_default=""),
    #: when a person deleted it: it is in no list any more
    Column("deleted_at", Double),
    #: the sandbox has carried some of it
    Column("rehearsed", Boolean, nullable=False, server_default=false()),
    Index("runs_by_folder", "folder"),
    Index("runs_by_digest", "digest"),
    Index("runs_by_state", "state", "number"),
    Index("runs_by_identity", "identity"),
    sqlite_autoincrement=True,
)

lanes = Table(
    "lanes",
    metadata,
    Column("run", KEY, ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
    Column("profile", Text, primary_key=True),
    Column("worker", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    #: when its worker wrote it down
    Column("at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("connections", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("deferred", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("uncertain", Integer, nullable=False),
    Column("rate", Double, nullable=False),
    Column("allowed", Double),
    Column("full_rate", Double),
    Column("left_today", Integer),
    Column("until", Double),
    Column("latency", Text, nullable=False),
    Index("lanes_by_profile", "profile", "at"),
)

counters = Table(
    "counters",
    metadata,
    Column("run", KEY, ForeignKey("runs.number", ondelete="CASCADE"), primary_key=True),
    Column("advanced", KEY, nullable=False, server_default="0"),
    *(
        Column(name, Integer, nullable=False, server_default="0")
        for name in ("pending", "deferred", "sending", "accepted", "rejected", "uncertain", "skipped", "cancelled")
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("run", KEY, ForeignKey("runs.number"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),
    Column("due", Double, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("first_tried", Double),
    #: the counter's value at the last change, see counters.advanced
    Column("changed", KEY, nullable=False, server_default="0"),
    #: the profile that claimed it last, and the last outcome in its own words
    Column("profile", Text, nullable=False, server_default=""),
    Column("stage", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False, server_default=""),
    Column("blame", Text, nullable=False, server_default=""),
    Column("code", Integer, nullable=False, server_default="0"),
    Column("enhanced", Text, nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("cause", Text, nullable=False, server_default=""),
    Column("updated_at", Double),
    #: only the sandbox has carried it: nobody has it
    Column("rehearsal", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("run", "address_key", name="deliveries_once"),
    Index("deliveries_pending", "run", "due", "id", sqlite_where=PENDING, postgresql_where=PENDING),
    Index("deliveries_troubled", "run", "state", "cause", sqlite_where=TROUBLED, postgresql_where=TROUBLED),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=True),
    Column("run", KEY, nullable=False),
    Column("delivery", KEY, ForeignKey("deliveries.id"), nullable=False),
    Column("at", Double, nullable=False),
    Column("profile", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("blame", Text, nullable=False),
    Column("code", Integer, nullable=False),
    Column("enhanced", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Index("attempts_by_run", "run", "id"),
    Index("attempts_by_delivery", "delivery"),
    Index("attempts_counted", "profile", "at", sqlite_where=COUNTED, postgresql_where=COUNTED),
    Index("attempts_not_accepted", "profile", "at", sqlite_where=TROUBLE, postgresql_where=TROUBLE),
    sqlite_autoincrement=True,
)

lane_samples = Table(
    "lane_samples",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=True),
    Column("run", KEY, ForeignKey("runs.number", ondelete="CASCADE"), nullable=False),
    Column("profile", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("connections", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("deferred", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("uncertain", Integer, nullable=False),
    Column("allowed", Double),
    Column("note", Text, nullable=False),
    Column("latency", Text, nullable=False),
    Index("lane_samples_by_profile", "profile", "at"),
    Index("lane_samples_by_run", "run", "at"),
)

lane_events = Table(
    "lane_events",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=True),
    Column("run", KEY, ForeignKey("runs.number", ondelete="CASCADE"), nullable=False),
    Column("profile", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("change", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("allowed", Double),
    Column("until", Double),
    Index("lane_events_by_profile", "profile", "at"),
    Index("lane_events_by_run", "run", "at"),
    sqlite_autoincrement=True,
)
