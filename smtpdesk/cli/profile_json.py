"""What ``profile test --json`` prints: one flat object a line; never a secret."""

from __future__ import annotations

from smtpdesk.desk.diagnosis import Diagnosis, Mend
from smtpdesk.domain.profile import Profile
from smtpdesk.smtp.certificate import Certificate
from smtpdesk.smtp.probe import ProbeStep
from smtpdesk.smtp.survey import Tried


def step_dict(step: ProbeStep) -> dict[str, object]:
    """One step of a test."""
    found = step.meaning
    return {
        "event": "step",
        "step": step.step,
        "stage": step.stage,
        "state": step.state,
        "detail": step.detail,
        "seconds": round(step.seconds, 4),
        "code": step.reply.code if step.reply else 0,
        "enhanced": step.reply.enhanced if step.reply else "",
        "text": step.reply.text if step.reply else "",
        "failure": step.failure,
        "cause": found.cause if found else "",
        "blame": found.blame if found else "",
        "title": found.title if found else "",
        "explanation": found.explanation if found else "",
        "advice": found.advice if found else "",
        "addresses": [
            {"address": one.address, "ok": one.ok, "seconds": round(one.seconds, 4), "error": one.reason}
            for one in step.tried
        ],
        "methods": list(step.methods),
        "certificate": _certificate(step.certificate),
        "around": [tried_dict(one) for one in step.around],
        "transcript": [str(line) for line in step.lines],
    }


def _certificate(one: Certificate | None) -> dict[str, object] | None:
    if one is None:
        return None
    return {
        "names": list(one.names), "subject": one.subject, "issuer": one.issuer, "not_before": one.not_before,
        "not_after": one.not_after, "sha256": one.sha256, "chain": list(one.chain), "self_signed": one.self_signed,
        "version": one.version, "trusted": one.trusted,
    }  # fmt: skip


def extensions_dict(step: ProbeStep, offer: Mend | None, profile: Profile) -> dict[str, object]:
    """What the server offered, and the limits that follow from it."""
    return {
        "event": "extensions",
        "extensions": [
            {"keyword": one.keyword, "parameters": one.parameters, "sentence": one.sentence} for one in step.extensions
        ],
        "max_size": step.stated.max_size,
        "per_connection": step.stated.per_connection,
        "offer": mend_dict(offer, profile) if offer else None,
    }


def diagnosis_dict(found: Diagnosis, profile: Profile) -> dict[str, object]:
    """Why the test failed, and the mend."""
    return {
        "event": "diagnosis",
        "cause": found.cause,
        "step": found.step,
        "title": found.title,
        "explanation": found.explanation,
        "evidence": found.evidence,
        "advice": found.advice,
        "mend": mend_dict(found.mend, profile) if found.mend else None,
    }


def mend_dict(mend: Mend, profile: Profile) -> dict[str, object]:
    """A mend: its label, why, and what it changes."""
    return {"label": mend.label, "why": mend.why, "risky": mend.risky, "changes": mend.changes(profile)}


def tried_dict(one: Tried) -> dict[str, object]:
    """One combination of *try everything*."""
    return {
        "event": "tried",
        "host": one.relay.host,
        "port": one.relay.port,
        "security": one.relay.security,
        "ok": one.ok,
        "detail": one.detail,
        "seconds": round(one.seconds, 4),
        "stage": one.stage,
        "cause": one.meaning.cause if one.meaning else "",
        "methods": list(one.methods),
        "version": one.certificate.version if one.certificate else "",
    }
