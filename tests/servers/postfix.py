"""A private Postfix on loopback: STARTTLS, implicit TLS, sign-in, refusals on demand, and the exact bytes received.

Nothing of the system's own Postfix is read or changed: configuration, queue, mail and users live in one temporary
folder. Needs root, because Postfix's ``master`` does.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Authority
from tests.servers.policy import Policy
from tests.servers.proc import answers, bound_to_us, end, free_ports, wait_until

_DAEMONS = ("/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/lib/postfix/bin")
_TRACE = (b"return-path:", b"x-original-to:", b"delivered-to:", b"received:")

#: What a client hears at RCPT when it has not signed in.
_UNSIGNED = "530 5.7.0 Authentication required"

#: ``master`` ends itself after this many seconds, should the tests be killed before they can end it.
_LIFETIME = 3600


def missing() -> str:
    """Why Postfix cannot be started here; empty when it can."""
    if os.geteuid() != 0:
        return "a private Postfix needs root"
    if _daemon_directory() is None:
        return "Postfix is not installed (see packaging/system-packages)"
    if shutil.which("saslpasswd2") is None:
        return "saslpasswd2 is not installed (see packaging/system-packages)"
    return ""


@dataclass(frozen=True)
class Stored:
    """One message as Postfix delivered it."""

    #: The envelope sender.
    sender: str
    #: The envelope recipient this copy is for.
    recipient: str
    #: The message as it was received, CRLF line ends, without the trace header fields that Postfix put on top.
    raw: bytes
    #: The trace header fields on top, folded as Postfix wrote them.
    trace: bytes

    def header(self, name: str) -> list[str]:
        """Unfolded raw values of a header field of the message itself."""
        wanted = name.lower().encode() + b":"
        head = self.raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
        hits = [line[len(wanted) :].strip() for line in head.split(b"\r\n") if line.lower().startswith(wanted)]
        return [hit.decode("utf-8", "replace") for hit in hits]


class Postfix:
    """A running instance; see :func:`running_postfix`.

    Ports: ``port`` offers STARTTLS and takes AUTH only after it; ``tls_port`` is implicit TLS; ``open_port`` offers
    neither and takes mail from anyone, as a relay in an office network does.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, authority: Authority, policy: Policy) -> None:
        self.folder = folder
        self.ca_file = authority.ca_file
        self.policy = policy
        self.port, self.tls_port, self.open_port = 0, 0, 0
        self._authority = authority
        self._master: subprocess.Popen[bytes] | None = None
        self._number = 0

    # -- what a test uses ---------------------------------------------------------------------------------------

    def add_user(self, name: str, password: str) -> None:
        """A mailbox user who may sign in (PLAIN, LOGIN, CRAM-MD5)."""
        command = ["saslpasswd2", "-p", "-c", "-f", str(self.folder / "sasldb2"), "-u", "localhost", name]
        subprocess.run(command, input=password.encode(), check=True, capture_output=True)
        shutil.chown(self.folder / "sasldb2", "postfix")

    def refuse(self, recipient: str, reply: str) -> None:
        """Answer ``RCPT TO:<recipient>`` with e.g. ``"550 5.1.1 No such user"``, from the next RCPT on."""
        self.policy.rules[recipient.lower()] = reply

    def accept(self, recipient: str) -> None:
        """Take back :meth:`refuse`."""
        self.policy.rules.pop(recipient.lower(), None)

    def stored(self) -> list[Stored]:
        """Every message delivered so far, oldest first. Delivery follows acceptance by a moment: see :meth:`wait`."""
        return [_parse(file.read_bytes()) for file in self._files()]

    def count(self) -> int:
        """How many messages were delivered so far."""
        return len(self._files())

    def wait(self, count: int, deadline: float = 60.0) -> list[Stored]:
        """Wait until ``count`` messages are delivered and the queue is empty; all of them.

        Waiting for the empty queue is what makes "and not one more" a fact.
        """
        wait_until(
            lambda: self.count() >= count and not self._queued(),
            deadline,
            lambda: f"{count} messages ({self.count()} came, {len(self._queued())} in the queue)\n{self.log()[-2000:]}",
        )
        return self.stored()

    def log(self) -> str:
        """Postfix's own log."""
        file = self.folder / "log" / "postfix.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def reset(self) -> None:
        """Forget messages, rules and what was asked: a new test begins. The users stay."""
        wait_until(lambda: not self._queued(), 30, lambda: f"an empty queue: {self._queued()[:3]}")
        for file in self._files():
            file.unlink()
        self.policy.rules.clear()
        self.policy.asked.clear()

    # -- starting and ending --------------------------------------------------------------------------------------

    def start(self, settings: Mapping[str, str]) -> None:
        """Write the configuration and start ``master``; tries other ports when one was taken meanwhile."""
        self._lay_folders()
        for attempt in range(3):
            self.port, self.tls_port, self.open_port = free_ports(3)
            self._configure(settings)
            daemons = _daemon_directory()
            assert daemons is not None
            self._master = subprocess.Popen(
                bound_to_us([str(daemons / "master"), "-c", str(self.folder / "etc"), "-e", str(_LIFETIME)]),
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if self._answering():
                return
            end(self._master)
            assert attempt < 2, f"Postfix did not start:\n{self.log()}"

    def stop(self) -> None:
        """End ``master`` and with it every process it started."""
        if self._master is not None:
            end(self._master)
            self._master = None

    def _answering(self) -> bool:
        def state() -> str:
            assert self._master is not None
            if self._master.poll() is not None:
                return "over"
            # The implicit TLS port says nothing by itself: that it accepts is enough.
            up = answers(self.port) and answers(self.open_port) and answers(self.tls_port, greeting=b"")
            return "up" if up else ""

        return wait_until(state, 30, self.log) == "up"

    def _files(self) -> list[Path]:
        return sorted((self.folder / "mail" / "inbox" / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)

    def _queued(self) -> list[Path]:
        queue = self.folder / "queue"
        return [
            file for name in ("incoming", "active", "deferred") for file in (queue / name).rglob("*") if file.is_file()
        ]

    def _lay_folders(self) -> None:
        for name in ("etc", "etc/sasl", "log", "queue", "queue/pid"):
            (self.folder / name).mkdir(mode=0o755)
        owned = ("data", "mail", "queue/incoming", "queue/active", "queue/bounce", "queue/defer", "queue/deferred")
        for name in (
            *owned,
            "queue/corrupt",
            "queue/flush",
            "queue/hold",
            "queue/saved",
            "queue/trace",
            "queue/private",
        ):
            (self.folder / name).mkdir(mode=0o700)
            shutil.chown(self.folder / name, "postfix")
        for name, mode in (("queue/public", 0o2710), ("queue/maildrop", 0o1730)):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, "postfix", "postdrop")
            (self.folder / name).chmod(mode)
        self._authority.write_server_pair(self.folder / "etc")
        # Debian's Postfix always looks in etc/sasl; others go by cyrus_sasl_config_path.
        (self.folder / "etc" / "sasl" / "smtpd.conf").write_text(
            "pwcheck_method: auxprop\n"
            "auxprop_plugin: sasldb\n"
            f"sasldb_path: {self.folder / 'sasldb2'}\n"
            "mech_list: PLAIN LOGIN CRAM-MD5\n"
        )

    def _configure(self, settings: Mapping[str, str]) -> None:
        lines = _main_cf(self.folder, self.policy.port) | dict(settings)
        (self.folder / "etc" / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))
        (self.folder / "etc" / "master.cf").write_text(_master_cf(self.port, self.tls_port, self.open_port))


def _main_cf(folder: Path, policy_port: int) -> dict[str, str]:
    user = pwd.getpwnam("postfix")
    return {
        "compatibility_level": "3.6",
        "queue_directory": f"{folder}/queue",
        "data_directory": f"{folder}/data",
        "daemon_directory": str(_daemon_directory()),
        "maillog_file": f"{folder}/log/postfix.log",
        "maillog_file_prefixes": f"{folder}/log",
        "myhostname": "relay.example",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.2/32",
        "alias_maps": "",
        "mydestination": "",
        # Whoever it is for, it goes into one maildir.
        "virtual_mailbox_domains": "static:all",
        "virtual_mailbox_maps": "static:inbox/",
        "virtual_mailbox_base": f"{folder}/mail",
        "virtual_uid_maps": f"static:{user.pw_uid}",
        "virtual_gid_maps": f"static:{user.pw_gid}",
        "virtual_transport": "virtual",
        "virtual_mailbox_limit": "0",
        "mailbox_size_limit": "0",
        # The bytes stay as they came.
        "local_header_rewrite_clients": "",
        "message_drop_headers": "",
        "disable_mime_output_conversion": "yes",
        "smtpd_relay_restrictions": f"permit_sasl_authenticated, check_client_access static:{{{_UNSIGNED}}}, reject",
        "open_relay_restrictions": "check_client_access static:OK, reject",
        "smtpd_recipient_restrictions": f"check_policy_service inet:127.0.0.1:{policy_port}",
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_sasl_path": "smtpd",
        "cyrus_sasl_config_path": f"{folder}/etc/sasl",
        "smtpd_sasl_local_domain": "localhost",
        "smtpd_sasl_security_options": "noanonymous",
        "smtpd_tls_security_level": "may",
        "smtpd_tls_auth_only": "yes",
        "smtpd_tls_chain_files": f"{folder}/etc/key.pem, {folder}/etc/chain.pem",
        # Tests are impatient and make mistakes on purpose.
        "in_flow_delay": "0",
        "smtpd_error_sleep_time": "0",
        "smtpd_soft_error_limit": "100000",
        "smtpd_hard_error_limit": "100000",
        "smtpd_client_connection_count_limit": "0",
        "default_process_limit": "50",
        "virtual_destination_concurrency_limit": "20",
        "bounce_queue_lifetime": "0",
    }


def _master_cf(port: int, tls_port: int, open_port: int) -> str:
    return f"""\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
127.0.0.1:{open_port} inet n - n - - smtpd
  -o smtpd_tls_security_level=none -o smtpd_sasl_auth_enable=no -o smtpd_relay_restrictions=$open_relay_restrictions
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def _daemon_directory() -> Path | None:
    found = (Path(name) for name in _DAEMONS if (Path(name) / "master").exists())
    return next(found, None)


def _parse(raw: bytes) -> Stored:
    """Part what Postfix put on top from what it received."""
    lines = raw.split(b"\n")
    top = 0
    received = 0
    while top < len(lines):
        name = lines[top].lower()
        if not name.startswith(_TRACE) or (name.startswith(b"received:") and received):
            break
        received += name.startswith(b"received:")
        top += 1
        while top < len(lines) and lines[top][:1] in (b" ", b"\t"):
            top += 1
    trace = lines[:top]

    def value(field: bytes) -> str:
        hits = [line[len(field) :].strip() for line in trace if line.lower().startswith(field)]
        return hits[0].decode().strip("<>") if hits else ""

    recipient = value(b"x-original-to:") or value(b"delivered-to:")
    return Stored(value(b"return-path:"), recipient, b"\r\n".join(lines[top:]), b"\r\n".join(trace))


@contextlib.contextmanager
def running_postfix(authority: Authority, settings: Mapping[str, str] | None = None) -> Iterator[Postfix]:
    """Start a private Postfix; ``settings`` are added to its ``main.cf`` (``{"message_size_limit": "20000"}``)."""
    # Not below pytest's tmp_path: that is closed to other users, and Postfix's processes run as ``postfix``.
    folder = Path(tempfile.mkdtemp(prefix="smtpdesk-postfix-"))
    folder.chmod(0o755)
    try:
        with Policy() as policy:
            postfix = Postfix(folder, authority, policy)
            try:
                postfix.start(settings or {})
                yield postfix
            finally:
                postfix.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
