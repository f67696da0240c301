"""Who may write for a run: one worker at a time, in one place. Taking a lease gives a token that grows (fencing).

A worker that was stopped for long, and whose run another has taken meanwhile, still holds its old token: whatever it
then tries to write is refused, and nothing is changed by it.
"""

from __future__ import annotations

from sqlalchemy import select, update

from smtpdesk.base.clock import local_minute
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.store.errors import lease_lost
from smtpdesk.store.fields import clean
from smtpdesk.store.run_keys import RunPart, run_key, unknown_run
from smtpdesk.store.schema import runs

#: Seconds after its last renewal during which a lease is alive.
LEASE_SECONDS = 30.0


class RunElsewhere(InputError):
    """``run.elsewhere``: the run belongs to another computer, or to another copy of the workspace.

    Attributes:
        place: where it was begun or is being sent. ``seen``: last sign of life there, None when there was none.
        alive: whether that was so lately that it must be taken to be sending.
    """

    def __init__(self, place: str, seen: float | None, alive: bool) -> None:
        if alive:
            sentence = _("This run is being sent from another computer or another copy of the workspace.")
        else:
            sentence = _("This run was begun on another computer or in another copy of the workspace.")
        hint = _("Go on with it there. Only if that one is gone for good, take the run over here.")
        if seen:
            last = _("It was last seen there ({place}) at {time}.").format(place=place, time=local_minute(seen))
            hint = f"{last} {hint}"
        super().__init__("run.elsewhere", sentence, hint)
        self.place = place
        self.seen = seen
        self.alive = alive


class Leases(RunPart):
    """The part of the run table that says who may write for a run."""

    def take_lease(self, run_id: str, holder: str, place: str, now: float, *, force: bool = False) -> int:
        """Become the one worker of a run; returns the token to hand over with everything that is written for it.

        The caller holds the lock file of the run in this folder, so a former holder at the same place is dead, and
        its lease is taken at once. A run that belongs to another place is taken only by force.

        Args:
            holder: names the worker. ``place``: names the computer and the folder.
            now: seconds since the epoch.
            force: a person has said that the other place is gone.

        Raises:
            InputError: ``run.unknown``; :class:`RunElsewhere` ``run.elsewhere``, nothing was changed.
        """
        wanted = select(runs.c.lease_token, runs.c.lease_at, runs.c.seen_at, runs.c.place).where(runs.c.id == run_id)
        with self._database.writing(durable=True) as connection:
            row = connection.execute(wanted.with_for_update()).first()
            if row is None:
                raise unknown_run(run_id)
            place = clean(place)
            if row.place not in {"", place} and not force:
                alive = row.lease_at is not None and now - row.lease_at < LEASE_SECONDS
                raise RunElsewhere(row.place, row.lease_at or row.seen_at, alive)
            token = int(row.lease_token) + 1
            values = {"lease_token": token, "lease_holder": clean(holder), "lease_at": now, "place": place}
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
        return token

    def renew_lease(self, run_id: str, token: int, now: float, *, durable: bool = False) -> None:
        """Say that the holder lives; at least every ten seconds.

        Args:
            durable: with all that was written before, it is on the disk when this returns.

        Raises:
            LeaseLost: another has taken the run.
        """
        mine = (runs.c.id == run_id, runs.c.lease_token == token)
        with self._database.writing(durable=durable) as connection:
            if not connection.execute(update(runs).where(*mine).values(lease_at=now)).rowcount:
                run_key(connection, run_id)  # an unknown run is told as such
                raise lease_lost()

    def check_lease(self, run_id: str, token: int) -> None:
        """For a helper worker, whose worker renews the lease: see that it is still the newest.

        Raises:
            InputError: ``run.unknown``. LeaseLost: another has taken the run.
        """
        with self._database.reading() as connection:
            run_key(connection, run_id, token)

    def in_flight(self, run_id: str) -> str:
        """What the in-flight file of a run is signed with; "" while it never had one.

        Raises:
            InputError: ``run.unknown``.
        """
        with self._database.reading() as connection:
            stamp = connection.execute(select(runs.c.in_flight).where(runs.c.id == run_id)).scalar()
        if stamp is None:
            raise unknown_run(run_id)
        return str(stamp)

    def set_in_flight(self, run_id: str, stamp: str, token: int) -> None:
        """From now on the in-flight file is the one with this stamp.

        Raises:
            LeaseLost: another has taken the run.
        """
        with self._database.writing(durable=True) as connection:
            number = run_key(connection, run_id, token).number
            connection.execute(update(runs).where(runs.c.number == number).values(in_flight=stamp))

    def drop_lease(self, run_id: str, token: int) -> None:
        """Leave in good order; does nothing when another has taken the run. The run still belongs to this place."""
        mine = (runs.c.id == run_id, runs.c.lease_token == token)
        with self._database.writing(durable=True) as connection:
            connection.execute(update(runs).where(*mine).values(lease_holder="", lease_at=None))
