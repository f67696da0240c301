"""The profiles table: accounts to send through, and how their last test ended. Never a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import RunState
from smtpdesk.domain.profile import PASSWORD, Dkim, DomainLimit, Identity, Limits, Profile, Relay, Security
from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.fields import clean, dumps, loads
from smtpdesk.store.lanes import FRESH_SECONDS
from smtpdesk.store.schema import attempts, deliveries, lanes, profiles, runs


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile as kept, with its last test: when, whether it passed, and one sentence about it."""

    profile: Profile
    tested_at: float | None
    test_ok: bool | None
    test_note: str


class ProfileTable:
    """The only writer of profiles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ProfileRow]:
        """Every profile, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(profiles).order_by(func.lower(profiles.c.name), profiles.c.name))
            return [_row(row) for row in rows]

    def get(self, name: str) -> ProfileRow:
        """One profile.

        Raises:
            InputError: ``profile.unknown``.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(profiles).where(profiles.c.name == name)).first()
        if row is None:
            raise _unknown(name)
        return _row(row)

    def save(self, profile: Profile, was: str | None = None, *, new: bool = False) -> None:
        """Keep a profile. A change of anything but its name and limits makes its last test say nothing.

        Args:
            was: its name before, when it is being renamed. What was sent through it is then found under the new name,
                so that daily limits go on.
            new: nothing has this name yet, or it is refused.

        Raises:
            InputError: ``profile.exists`` when another profile has the new name, ``profile.unknown`` for ``was``,
                ``profile.name`` when the name is empty, ``profile.in-use`` while a worker sends with it.
        """
        with self._database.writing(durable=True) as connection:
            _save(connection, profile, was, new=new)

    def save_all(self, kept: Iterable[tuple[Profile, bool]]) -> None:
        """Keep several, all or none; each with whether nothing may have its name yet.

        Raises:
            InputError: as :meth:`save`.
        """
        with self._database.writing(durable=True) as connection:
            for profile, new in kept:
                _save(connection, profile, None, new=new)

    def remove(self, name: str) -> None:
        """Forget a profile; a name that is not there is no error."""
        with self._database.writing(durable=True) as connection:
            connection.execute(delete(profiles).where(profiles.c.name == name))

    def tested(self, name: str, ok: bool, note: str) -> None:
        """Keep how its test just ended."""
        with self._database.writing() as connection:
            connection.execute(
                update(profiles)
                .where(profiles.c.name == name)
                .values(tested_at=now(), test_ok=ok, test_note=clean(note))
            )


def _save(connection: Connection, profile: Profile, was: str | None, *, new: bool) -> None:
    if not profile.name.strip():
        raise InputError("profile.name", _("A profile needs a name."))
    if was is not None and was != profile.name:
        if connection.execute(select(profiles.c.name).where(profiles.c.name == profile.name)).first():
            raise _exists(profile.name)
        _refuse_busy(connection, was)
        moved = connection.execute(update(profiles).where(profiles.c.name == was).values(name=profile.name))
        if not moved.rowcount:
            raise _unknown(was)
        for table in (attempts, deliveries):
            connection.execute(update(table).where(table.c.profile == was).values(profile=profile.name))
        _rename_in_runs(connection, was, profile.name)
    before = connection.execute(select(profiles.c.data).where(profiles.c.name == profile.name)).scalar()
    if new and before is not None:
        raise _exists(profile.name)
    values: dict[str, object] = {"name": profile.name, "data": dumps(_data(profile))}
    if before is None or _tested_part(_profile("", loads(before))) != _tested_part(profile):
        values |= {"tested_at": None, "test_ok": None, "test_note": ""}
    connection.execute(dialect.upsert(profiles, ["name"], values))


def _refuse_busy(connection: Connection, name: str) -> None:
    """A worker goes on writing the name it began with: what it sends from now on would be nobody's."""
    heard = lanes.c.at >= now() - FRESH_SECONDS
    busy = select(lanes.c.run).join(runs, runs.c.number == lanes.c.run)
    busy = busy.where(lanes.c.profile == name, heard, runs.c.state == RunState.RUNNING.value)
    if connection.execute(busy.limit(1)).first():
        raise InputError(
            "profile.in-use",
            _("“{name}” is sending right now.").format(name=name),
            _("Pause that first, then give it another name."),
        )


def _rename_in_runs(connection: Connection, was: str, name: str) -> None:
    """So that a run that was paused goes on with the same profile."""
    for row in connection.execute(select(runs.c.number, runs.c.profiles)).all():
        names = loads(row.profiles)
        if was in names:
            changed = dumps(list(dict.fromkeys(name if one == was else one for one in names)))
            connection.execute(update(runs).where(runs.c.number == row.number).values(profiles=changed))


def _unknown(name: str) -> InputError:
    return InputError("profile.unknown", _("There is no profile named “{name}”.").format(name=name))


def _exists(name: str) -> InputError:
    return InputError(
        "profile.exists",
        _("There is already a profile named “{name}”.").format(name=name),
        _("Choose another name."),
    )


def _tested_part(profile: Profile) -> tuple[object, ...]:
    return profile.relay, profile.identity, profile.username, profile.sign_in


def _data(profile: Profile) -> dict[str, Any]:
    data = asdict(profile)
    del data["name"]
    return data


def _row(row: Row[Any]) -> ProfileRow:
    return ProfileRow(_profile(row.name, loads(row.data)), row.tested_at, row.test_ok, row.test_note)


def _profile(name: str, data: Mapping[str, Any]) -> Profile:
    relay = dict(data["relay"])
    relay["security"] = Security(relay["security"])
    return Profile(
        name=name,
        relay=Relay(**relay),
        identity=Identity(**data["identity"]),
        username=data["username"],
        limits=_limits(data["limits"]),
        provider=data["provider"],
        dkim=Dkim(**data["dkim"]) if data.get("dkim") else None,
        sign_in=data.get("sign_in", PASSWORD),
        account=data.get("account", ""),
    )


def _limits(data: Mapping[str, Any]) -> Limits:
    per_domain = tuple(DomainLimit(**one) for one in data.get("per_domain", ()))
    return Limits(**{**data, "per_domain": per_domain})
