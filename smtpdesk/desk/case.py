"""A failed test as the rules of the diagnosis look at it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from smtpdesk.desk.mends import Mend
from smtpdesk.domain.delivery import Meaning, Reply
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.providers import Provider
from smtpdesk.smtp.certificate import Certificate
from smtpdesk.smtp.extensions import Extension
from smtpdesk.smtp.probe import ProbeStep, StepKey
from smtpdesk.smtp.replies import meaning as meaning_of
from smtpdesk.smtp.survey import Tried, best


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a test failed.

    Attributes:
        cause: stable dotted id; ``step`` where it failed.
        title, explanation, advice: one sentence, what it means, what to do.
        evidence: what was seen that speaks for it; "" when there is nothing beyond the server's words.
        mend: what one click can change; None when a person must act elsewhere.
    """

    cause: str
    step: str
    title: str
    explanation: str
    advice: str
    evidence: str = ""
    mend: Mend | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The profile, its provider, the step that failed and its meaning, and every step by its key."""

    profile: Profile
    provider: Provider | None
    step: ProbeStep
    meaning: Meaning
    steps: Mapping[str, ProbeStep]

    @property
    def key(self) -> str:
        """The step that failed."""
        return self.step.step

    @property
    def failure(self) -> str:
        """The id of the failure, "" where the server refused in words."""
        return self.step.failure

    @property
    def reply(self) -> Reply:
        """The server's words."""
        return self.step.reply or Reply(0, "")

    def said(self, mend: Mend | None = None, evidence: str = "") -> Diagnosis:
        """The diagnosis that the replies' own knowledge gives."""
        one = self.meaning
        return Diagnosis(one.cause, self.key, one.title, one.explanation, one.advice, evidence, mend)

    @staticmethod
    def as_meaning(said: Diagnosis, cause: str) -> Diagnosis:
        """The same in the words of another meaning."""
        one = meaning_of(cause)
        return replace(said, cause=cause, title=one.title, explanation=one.explanation, advice=one.advice)

    # --- what else is known --------------------------------------------------------------------------------------
    def around(self) -> tuple[Tried, ...]:
        """What other ports did, where they were looked at."""
        found = self.steps.get(StepKey.AROUND)
        return found.around if found is not None else ()

    def elsewhere(self, *, same_port: bool = False, security: Security | None = None) -> Relay | None:
        """The safest other combination that answers."""
        fit = [one for one in self.around() if not same_port or one.relay.port == self.profile.relay.port]
        found = best(self.profile, [one for one in fit if security is None or one.relay.security is security])
        return found.relay if found is not None else None

    def extensions(self) -> tuple[Extension, ...]:
        """What the last EHLO offered."""
        for key in (StepKey.EHLO_AGAIN, StepKey.EHLO):
            if key in self.steps and self.steps[key].extensions:
                return self.steps[key].extensions
        return ()

    def offers_starttls(self) -> bool:
        """Whether the server can encrypt this connection."""
        return any(one.keyword == "STARTTLS" for one in self.extensions())

    def methods(self) -> tuple[str, ...]:
        """Sign-in methods offered by the last EHLO."""
        for key in (StepKey.EHLO_AGAIN, StepKey.EHLO):
            if key in self.steps and self.steps[key].extensions:
                return self.steps[key].methods
        return ()

    def certificate(self) -> Certificate | None:
        """The certificate that was refused."""
        return self.step.certificate

    def greeting(self) -> str:
        """The server's first words."""
        lines = [line.text for step in self.steps.values() for line in step.lines if line.side == "<-"]
        return lines[0] if lines else ""

    # --- the provider --------------------------------------------------------------------------------------------
    def provider_name(self) -> str:
        """Its name, "" when none is known."""
        return self.provider.name if self.provider is not None else ""

    def provider_relays(self) -> tuple[Relay, ...]:
        """Its servers, of every region."""
        one = self.provider
        if one is None:
            return ()
        return (*one.endpoints, *(relay for region in one.regions for relay in region.endpoints))

    def provider_host(self) -> str:
        """The provider's host that is most like the profile's; "" when it is one of them, or none is known."""
        hosts = list(dict.fromkeys(relay.host for relay in self.provider_relays()))
        own = self.profile.relay.host.lower()
        if not hosts or own in hosts:
            return ""
        return (difflib.get_close_matches(own, hosts, 1, 0.0) or [hosts[0]])[0]

    def provider_relay(self) -> Relay | None:
        """The provider's preferred server that the profile does not use yet."""
        own = self.profile.relay
        others = [one for one in self.provider_relays() if (one.host, one.port) != (own.host, own.port)]
        return others[0] if others else None
