"""A private Dovecot on loopback that takes mail by bearer token (RFC 7628) and hands it on to a sink.

Its submission service asks the authorization server about each token (RFC 7662). Nothing of the system's own Dovecot is
read or changed. Needs root, because Dovecot's ``master`` does.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.servers.certificates import Authority
from tests.servers.proc import answers, bound_to_us, end, free_ports, wait_until
from tests.servers.sink import Sink

_MODULE = "/usr/lib/dovecot/submission"


def missing() -> str:
    """Why Dovecot cannot be started here; empty when it can."""
    if os.geteuid() != 0:
        return "a private Dovecot needs root"
    if not shutil.which("dovecot") or not Path(_MODULE).exists():
        return "Dovecot's submission service is not installed (see packaging/system-packages)"
    return ""


class Dovecot:
    """A running instance; see :func:`running_dovecot`. ``port`` offers STARTTLS, ``tls_port`` is implicit TLS."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, port: int, tls_port: int, ca_file: Path, sink: Sink) -> None:
        self.port, self.tls_port = port, tls_port
        self.ca_file = ca_file
        #: Where the mail ends up.
        self.sink = sink
        self._folder = folder

    def log(self) -> str:
        """Dovecot's own log."""
        file = self._folder / "log"
        return file.read_text(errors="replace") if file.exists() else ""


@contextlib.contextmanager
def running_dovecot(authority: Authority, introspection: str, sink: Sink) -> Iterator[Dovecot]:
    """Start one that asks at ``introspection`` about tokens and hands the mail to ``sink``."""
    folder = Path(tempfile.mkdtemp(prefix="smtpdesk-dovecot-"))
    folder.chmod(0o755)  # its login processes run as another user
    try:
        authority.write_server_pair(folder)
        port, tls_port = free_ports(2)
        (folder / "dovecot.conf").write_text(_settings(folder, introspection, port, tls_port, sink.port))
        process = subprocess.Popen(
            bound_to_us(["dovecot", "-F", "-c", str(folder / "dovecot.conf")]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        server = Dovecot(folder, port, tls_port, authority.ca_file, sink)
        try:
            wait_until(lambda: _up(process, port, server), 20, lambda: f"Dovecot: {server.log()[-2000:]}")
            yield server
        finally:
            end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _up(process: subprocess.Popen[bytes], port: int, server: Dovecot) -> bool:
    if process.poll() is not None:
        assert process.stdout is not None
        raise AssertionError(f"Dovecot did not start: {process.stdout.read().decode()}\n{server.log()}")
    return answers(port)


def _asking(introspection: str) -> str:
    return (
        f"introspection_url = {introspection}\nintrospection_mode = post\nusername_attribute = username\n"
        "active_attribute = active\nactive_value = true\n"
    )


def _version() -> str:
    """As it says it: ``2.3.19.1`` (Debian 12) or ``2.4.1-4`` (Debian 13), whose settings have other names."""
    said = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[0].partition("-")[0]


def _users(folder: Path, introspection: str) -> tuple[str, str]:
    """The first lines, and those about certificates and who may sign in."""
    nobody = pwd.getpwnam("nobody")
    version = _version()
    if version.startswith("2.3"):
        (folder / "oauth2.conf").write_text(_asking(introspection))
        return (
            "",
            f"""\
ssl_cert = <{folder}/chain.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={nobody.pw_uid} gid={nobody.pw_gid} home={folder}/mail/%u
}}
""",
        )
    asking = _asking(introspection).replace("\n", "\n  ").strip()
    return (
        f"dovecot_config_version = {version}\ndovecot_storage_version = {version}\n",
        f"""\
ssl_server_cert_file = {folder}/chain.pem
ssl_server_key_file = {folder}/key.pem
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
oauth2 {{
  {asking}
}}
passdb oauth2 {{
  mechanisms_filter = xoauth2 oauthbearer
}}
userdb static {{
  fields {{
    uid = {nobody.pw_uid}
    gid = {nobody.pw_gid}
    home = {folder}/mail/%{{user}}
  }}
}}
""",
    )


def _settings(folder: Path, introspection: str, port: int, tls_port: int, relay_port: int) -> str:
    first, users = _users(folder, introspection)
    unlimited = "restart_request_count = unlimited" if first else "service_count = 0"
    return f"""{first}base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
protocols = submission
ssl = required
auth_mechanisms = xoauth2 oauthbearer
auth_failure_delay = 0
first_valid_uid = 1
{users}hostname = mail.office.example
submission_relay_host = 127.0.0.1
submission_relay_port = {relay_port}
submission_relay_ssl = no
mail_max_userip_connections = 100
service submission-login {{
  inet_listener submission {{
    port = {port}
  }}
  inet_listener submissions {{
    port = {tls_port}
    ssl = yes
  }}
  process_min_avail = 1
  {unlimited}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  client_limit = 1000
}}
"""
