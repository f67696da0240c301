"""From an address to settings: preset, MX, SRV, the domain's own file, and at last the usual ports.

Of the address only the domain leaves this computer. Nobody is asked where a preset knows the domain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from smtpdesk.base.errors import Cancelled, InputError
from smtpdesk.base.https import Unreachable, get
from smtpdesk.base.i18n import _
from smtpdesk.desk.domain import patience
from smtpdesk.desk.findings import UNKNOWN_PROVIDER, Asked, Candidate, Findings, Origin, State, ranked
from smtpdesk.desk.profile_test import provider_of
from smtpdesk.dns import Answer, Lookup, Resolver, readable, submission_servers
from smtpdesk.dns.names import below
from smtpdesk.dns.resolver import PATIENCE
from smtpdesk.domain.address import AddressError, domain_of, parse_address
from smtpdesk.domain.profile import OAUTH2, PASSWORD, Profile, Relay, Security
from smtpdesk.providers import Provider, Server, for_address, for_mail_host, read_autoconfig
from smtpdesk.providers.autoconfig import NoAutoconfig
from smtpdesk.smtp.dial import Resolver as Addresses
from smtpdesk.smtp.dial import look_up
from smtpdesk.smtp.survey import Tried, survey

#: Called with each that was asked, as it answers.
Progress = Callable[[Asked], None]
#: Seconds for the domain's own file.
_FILE_PATIENCE = 8.0
#: Seconds between two questions whether it was cancelled.
_LOOK = 0.05
#: Ports on which people send (RFC 8314 section 3.3), the safest first; 25 is for servers, and the last resort.
_PORTS = ((465, Security.TLS), (587, Security.STARTTLS), (2525, Security.STARTTLS), (25, Security.STARTTLS))


@dataclass(frozen=True, slots=True)
class _Result:
    """What one of them said."""

    asked: Asked
    candidates: tuple[Candidate, ...] = ()


async def find(
    address: str,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    resolve: Addresses = look_up,
) -> Findings:
    """The servers through which a mailbox may send, each with who named it.

    Args:
        address: the mailbox's.
        progress: called with each that was asked, as it answers.
        cancelled: asked now and then; cancelling the task does as well.
        resolve: finds addresses of the hosts that are tried.

    Raises:
        InputError: ``find.address``, ``dns.server``.
        Cancelled: it was cancelled.
    """
    try:
        wanted = parse_address(address)
    except AddressError:
        raise InputError(
            "find.address",
            _("“{value}” is not an address.").format(value=address[:80]),
            _("It looks like ana@example.com."),
        ) from None
    work = asyncio.create_task(_Search(wanted, progress, resolve).run())
    try:
        while not (await asyncio.wait([work], timeout=_LOOK if cancelled else None))[0]:
            if cancelled is not None and cancelled():
                raise Cancelled("find.cancelled", _("Cancelled."))
        return work.result()
    finally:
        work.cancel()
        await asyncio.wait([work])  # until its connections are closed
        if not work.cancelled():
            work.exception()  # who gave it up does not want to know


class _Search:
    """One search."""

    def __init__(self, address: str, progress: Progress | None, resolve: Addresses) -> None:
        self._address = address
        self._domain = domain_of(address)
        self._shown = readable(self._domain)
        self._progress, self._resolve = progress, resolve
        self._told: dict[Origin, Asked] = {}
        self._found: list[Candidate] = []

    async def run(self) -> Findings:
        preset = for_address(self._address)
        if preset is not None:
            sentence = _("{domain} is a domain of {provider}.").format(domain=self._shown, provider=preset.name)
            known = self._of_preset(preset, Origin.PRESET, self._domain, preset.region_of(self._address), sentence)
            self._keep(self._yes(Origin.PRESET, known))
            for origin in (Origin.MX, Origin.SRV, Origin.AUTOCONFIG, Origin.PROBE):
                self._keep(self._skipped(origin))
        else:
            self._keep(self._no(Origin.PRESET, _("No preset knows {domain}.").format(domain=self._shown)))
            async with Resolver(patience=patience(PATIENCE)) as lookup:
                await self._ask_around(lookup)
        asked = tuple(self._told[origin] for origin in Origin)
        return Findings(self._address, self._domain, ranked(self._found), asked)

    async def _ask_around(self, lookup: Lookup) -> None:
        async def kept(question: asyncio.Future[_Result] | asyncio.Task[_Result]) -> None:
            self._keep(await question)

        mail = asyncio.ensure_future(lookup.ask(self._domain, "MX"))
        async with asyncio.TaskGroup() as group:
            for question in (self._by_mx(mail), self._by_srv(lookup), self._by_file()):
                group.create_task(kept(group.create_task(question)))
        if self._found:
            self._keep(self._skipped(Origin.PROBE))
        elif mail.result().no_name:
            self._keep(self._no(Origin.PROBE, _("The domain {domain} does not exist.").format(domain=self._shown)))
        else:
            self._keep(await self._by_ports(mail.result()))

    def _keep(self, result: _Result) -> None:
        self._told[result.asked.origin] = result.asked
        self._found += result.candidates
        if self._progress is not None:
            self._progress(result.asked)

    # -- who is asked -------------------------------------------------------------------------------------------
    async def _by_mx(self, question: asyncio.Future[Answer]) -> _Result:
        answer = await question
        if answer.unknown:
            return self._unknown(Origin.MX)
        for host in _hosts(answer):
            preset = for_mail_host(host)
            if preset is not None:
                words = _("The mail of {domain} arrives at {host}, which belongs to {provider}.")
                sentence = words.format(domain=self._shown, host=host, provider=preset.name)
                return self._yes(Origin.MX, self._of_preset(preset, Origin.MX, host, preset.region_at(host), sentence))
        return self._no(
            Origin.MX, _("The mail of {domain} arrives at no provider that we know.").format(domain=self._shown)
        )

    async def _by_srv(self, lookup: Lookup) -> _Result:
        services = await submission_servers(lookup, self._domain)
        found = []
        for one in services.servers:
            relay = Relay(one.host, one.port, Security.TLS if one.tls else Security.STARTTLS)
            preset = _preset_of(relay)
            # RFC 6186 section 4: the whole address is tried as the user name first.
            user = preset.user_name(self._address) if preset else self._address
            compare = preset is None and one.host != self._domain and not below(one.host, self._domain)
            sentence = _("{domain} says so in DNS, in {record}.").format(domain=self._shown, record=one.name)
            way = OAUTH2 if preset is not None and preset.oauth_first else PASSWORD
            named = preset.id if preset else UNKNOWN_PROVIDER
            found.append(Candidate(Origin.SRV, one.name, sentence, relay, user, named, "", way, compare))
        if found:
            return self._yes(Origin.SRV, *found)
        if services.unknown:
            return self._unknown(Origin.SRV)
        return self._no(Origin.SRV, _("{domain} publishes no server for sending.").format(domain=self._shown))

    async def _by_file(self) -> _Result:
        # The form has a parameter "emailaddress"; it is left out: nobody but the person's own relay is to learn the
        # address, and a file that differs by person is filled in here from its placeholders.
        urls = (
            f"https://autoconfig.{self._domain}/mail/config-v1.1.xml",
            f"https://{self._domain}/.well-known/autoconfig/mail/config-v1.1.xml",
        )
        results = await asyncio.gather(*(self._file(url) for url in urls))
        order = (State.FOUND, State.UNKNOWN, State.NOTHING)
        return min(results, key=lambda one: order.index(one.asked.state))

    async def _file(self, url: str) -> _Result:
        most = patience(_FILE_PATIENCE)
        try:
            async with asyncio.timeout(most + 1):
                answer = await get(url, patience=most)
            servers = read_autoconfig(answer.body, self._address) if answer.status == 200 else ()
        except TimeoutError:
            return self._unknown(Origin.AUTOCONFIG, "no answer in time")
        except Unreachable as error:
            return self._no_file() if error.no_host else self._unknown(Origin.AUTOCONFIG, str(error))
        except NoAutoconfig:
            return self._no_file()
        found = [one for server in servers if (one := self._of_file(server, url)) is not None]
        return self._yes(Origin.AUTOCONFIG, *found) if found else self._no_file()

    def _of_file(self, server: Server, url: str) -> Candidate | None:
        preset = _preset_of(server.relay)
        oauth = preset is not None and preset.oauth is not None
        first = preset is not None and preset.oauth_first
        way = OAUTH2 if oauth and OAUTH2 in server.ways and (first or PASSWORD not in server.ways) else PASSWORD
        if server.ways == (OAUTH2,) and way is PASSWORD:
            return None  # a sign-in page that no preset knows
        sentence = _("{domain} says so in its own file, {url}.").format(domain=self._shown, url=url)
        named = preset.id if preset else UNKNOWN_PROVIDER
        return Candidate(Origin.AUTOCONFIG, url, sentence, server.relay, server.username, named, "", way)

    async def _by_ports(self, mail: Answer) -> _Result:
        hosts = [f"smtp.{self._domain}", f"mail.{self._domain}", *_hosts(mail)[:1]]
        relays = [Relay(host, port, security) for host in dict.fromkeys(hosts) for port, security in _PORTS]
        asker = Profile("", relays[0])
        tried = [one async for one in survey(asker, relays, resolve=self._resolve)]
        # A server that offers no sign-in takes mail for its own domain, not from people who send.
        fit = sorted((one for one in tried if one.ok and one.methods), key=lambda one: relays.index(one.relay))
        found = tuple(self._of_port(one) for one in fit)
        if found:
            return self._yes(Origin.PROBE, *found)
        if mail.unknown and not any(one.ok or one.failure != "dns" for one in tried):
            return self._unknown(Origin.PROBE)
        words = _("No server of {domain} answers where people usually send.")
        return self._no(Origin.PROBE, words.format(domain=self._shown))

    def _of_port(self, one: Tried) -> Candidate:
        relay = one.relay
        sentence = _("Tried: {host} answers on port {port}.").format(host=relay.host, port=relay.port)
        foreign = not below(relay.host, self._domain)
        where = f"{relay.host}:{relay.port}"
        return Candidate(Origin.PROBE, where, sentence, relay, self._address, compare=foreign)

    # -- what they said -----------------------------------------------------------------------------------------
    def _of_preset(self, preset: Provider, origin: Origin, where: str, region: str, sentence: str) -> Candidate:
        made = preset.profile("", self._address, region)
        return Candidate(origin, where, sentence, made.relay, made.username, preset.id, region, made.sign_in)

    def _yes(self, origin: Origin, *found: Candidate) -> _Result:
        return _Result(Asked(origin, State.FOUND, found[0].sentence), found)

    def _no(self, origin: Origin, sentence: str) -> _Result:
        return _Result(Asked(origin, State.NOTHING, sentence))

    def _no_file(self) -> _Result:
        words = _("{domain} has no file with settings for mail programs.")
        return self._no(Origin.AUTOCONFIG, words.format(domain=self._shown))

    def _unknown(self, origin: Origin, why: str = "") -> _Result:
        sentence = _("Could not be asked ({why}).").format(why=why) if why else _("Could not be asked.")
        return _Result(Asked(origin, State.UNKNOWN, sentence))

    def _skipped(self, origin: Origin) -> _Result:
        return _Result(Asked(origin, State.SKIPPED, _("Not needed.")))


def _hosts(answer: Answer) -> list[str]:
    pairs = sorted((int(value.partition(" ")[0]), value.partition(" ")[2]) for value in answer.values)
    return [host for _preference, host in pairs if host != "."]


def _preset_of(relay: Relay) -> Provider | None:
    return provider_of(Profile("", relay))
