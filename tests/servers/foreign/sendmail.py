"""Sendmail (Debian 12: 8.17)."""

from __future__ import annotations

from collections.abc import Sequence

from tests.servers.foreign.server import PASSWORD, USER, ForeignServer


class Sendmail(ForeignServer):
    """A private Sendmail; ``settings`` are lines of its ``.mc`` file."""

    name = "sendmail"

    def configure(self) -> None:
        """Write ``sendmail.mc``, make ``sendmail.cf`` and the maps of it, and the user who may sign in."""
        self.make_system("smmta", "smmsp")
        for name in ("var/spool/mqueue", "etc/mail", "var/run", "run/sendmail"):
            self.owned(name, "root", 0o755)
        self.owned("var/spool/mqueue", "root", 0o700)
        self.write("etc/tls/ca.pem", self.ca_file.read_text())
        (self.root / "etc/tls/key.pem").chmod(0o600)
        self.write("usr/lib/sasl2/Sendmail.conf", _SASL)
        self.write("etc/mail/local-host-names", "relay.example\n")
        self.write("etc/mail/aliases", "postmaster: root\n")
        self.write("etc/mail/access.txt", self._access())
        self.write("etc/mail/sendmail.mc", self._configuration())
        self.write("etc/mail/sendmail.cf", self.run_inside("/usr/bin/m4", "/etc/mail/sendmail.mc"))
        makemap = "/usr/libexec/sendmail/makemap"
        self.run_inside(makemap, "hash", "/etc/mail/access", said=self._access())
        self.run_inside("/usr/sbin/saslpasswd2", "-p", "-c", "-u", "relay.example", USER, said=PASSWORD)

    def command(self) -> Sequence[str]:
        """In the foreground; what could not be handed on at once is tried again soon."""
        return self.inside("/usr/libexec/sendmail/sendmail", "-bD", "-q10s", "-C", "/etc/mail/sendmail.cf")

    def waiting(self) -> int:
        """Control files of the queue."""
        return sum(1 for file in (self.root / "var/spool/mqueue").glob("[qt]f*"))

    def _access(self) -> str:
        lines = [f'To:{address}\tERROR:"{reply}"' for address, reply in self.rules.items()]
        return "".join(f"{line}\n" for line in lines)

    def _configuration(self) -> str:
        further = "\n".join(self.settings)
        return f"""\
divert(-1)
include(`/usr/share/sendmail/cf/m4/cf.m4')
divert(0)dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `relay.example')dnl
define(`confDEF_USER_ID', `smmta:smmta')dnl
define(`confSERVER_CERT', `/etc/tls/chain.pem')dnl
define(`confSERVER_KEY', `/etc/tls/key.pem')dnl
define(`confCACERT', `/etc/tls/ca.pem')dnl
define(`confCACERT_PATH', `/etc/tls')dnl
define(`confAUTH_OPTIONS', `A p y')dnl
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
define(`confAUTH_REALM', `relay.example')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
define(`confDELIVERY_MODE', `background')dnl
define(`confQUEUE_LA', `200')dnl
define(`confREFUSE_LA', `200')dnl
define(`confPRIVACY_FLAGS', `noexpn,novrfy')dnl
define(`confTO_IDENT', `0')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupReadableKeyFile')dnl
define(`confLOG_LEVEL', `9')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {self.sink.port}')dnl
define(`SMART_HOST', `relay:[127.0.0.1]')dnl
FEATURE(`access_db', `hash -T<TMPF> /etc/mail/access')dnl
FEATURE(`blocklist_recipients')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`nocanonify')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Name=MTA, Addr=127.0.0.1, Port={self.port}, Family=inet')dnl
{further}
MAILER(`local')dnl
MAILER(`smtp')dnl
"""


_SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
"""
