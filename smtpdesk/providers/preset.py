"""A provider as a preset for profiles: where its servers are, what it asks for, what it allows."""

from __future__ import annotations

from dataclasses import dataclass, field

from smtpdesk.domain.profile import Limits, Relay


@dataclass(frozen=True, slots=True)
class Region:
    """A choice that changes the host: a data centre, or a kind of mail. ``endpoints`` in order of preference."""

    id: str
    name: str
    endpoints: tuple[Relay, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the provider's own help."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Provider:
    """One preset. Only figures that a source backs are here; an unknown one is absent.

    Attributes:
        kind: ``mailbox`` (a person's account), ``relay`` (a sending service), ``sandbox`` or ``other``.
        endpoints: in order of preference, those of the first region where there are regions; empty for ``other``.
        username_fixed: the user name when it is the same for everybody (``apikey``), else "".
        limits: what to put into a new profile; ``rate`` and ``daily`` are None where nothing is known.
        size_limit: largest message in bytes, or None.
        notices: what changes soon and may stop this from working; to be shown where the preset is chosen.
        notes: good to know. ``source``: where the facts are from; ``checked``: ISO date on which they were read.
    """

    id: str
    name: str
    kind: str
    summary: str
    endpoints: tuple[Relay, ...]
    regions: tuple[Region, ...] = ()
    username_label: str = ""
    username_help: str = ""
    username_fixed: str = ""
    password_label: str = ""
    password_help: str = ""
    limits: Limits = field(default_factory=Limits)
    size_limit: int | None = None
    notices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[Link, ...] = ()
    source: tuple[str, ...] = ()
    checked: str = ""

    def in_region(self, region: str) -> tuple[Relay, ...]:
        """The endpoints in a region; those of the first one when there is none of that id."""
        return next((one.endpoints for one in self.regions if one.id == region), self.endpoints)
