"""A whole authorization server, a process of its own: ``python -m tests.servers.authorization_app FOLDER``.

authlib decides what is right by the RFCs: authorization code with PKCE (7636), device code (8628), refresh with
rotation (6749), revocation (7009); introspection (7662) and a back door for the test are ours, in the clear on another
port. Everything is in memory. The folder holds ``chain.pem`` and ``key.pem``; the ports are printed when it listens.
"""

from __future__ import annotations

import base64
import json
import ssl
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Request, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict

CLIENT, SECRET = "desk-1234.example", "not-a-secret"
USER = "ana@office.example"


class Client:
    """The one registered client: a desktop program that the loopback redirect belongs to (RFC 8252 section 7.3)."""

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        parts = urlsplit(uri)
        return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"} and parts.path in {"", "/"}

    def check_client_secret(self, secret: str) -> bool:
        return bool(secret == SECRET)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("client_secret_post" if STATE.wants_secret else "none")

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return True


class Held(dict[str, Any]):
    """A code or a token."""

    def get_redirect_uri(self) -> str:
        return str(self["redirect_uri"])

    def get_scope(self) -> str:
        return str(self.get("scope", ""))

    def check_client(self, client: Client) -> bool:
        return True

    def get_expires_in(self) -> int:
        return int(self["expires_in"])

    def is_expired(self) -> bool:
        return bool(time.time() > self["at"] + self["expires_in"])

    def is_revoked(self) -> bool:
        return bool(self.get("revoked"))

    def get_user(self) -> str:
        return USER

    def get_client(self) -> Client:
        return Client()


class State:
    """What the server remembers, and how the test wants it to behave."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clients = {CLIENT}
        self.codes: dict[str, Held] = {}
        self.tokens: list[Held] = []
        self.devices: dict[str, DeviceCredentialDict] = {}
        self.verdicts: dict[str, bool] = {}
        self.asked: Counter[str] = Counter()
        self.lifetime = 3600
        self.interval = 5
        self.wants_secret = False
        self.slow_down = 0
        self.error = ""
        #: A refresh token that was used once is refused with all that came of it (RFC 9700 section 4.14.2).
        self.reused = 0

    def secrets(self) -> list[str]:
        return [one[kind] for one in self.tokens for kind in ("access_token", "refresh_token") if kind in one]

    def by(self, kind: str, text: str) -> Held | None:
        return next((one for one in self.tokens if one.get(kind) == text), None)


STATE = State()


class Codes(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ["none", "client_secret_post"]

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        asked = request.payload.data
        STATE.codes[code] = Held(redirect_uri=asked["redirect_uri"], scope=asked.get("scope", ""))
        STATE.codes[code].code_challenge = asked.get("code_challenge")  # type: ignore[attr-defined]
        STATE.codes[code].code_challenge_method = asked.get("code_challenge_method")  # type: ignore[attr-defined]

    def query_authorization_code(self, code: str, client: Client) -> Held | None:
        return STATE.codes.get(code)

    def delete_authorization_code(self, authorization_code: Held) -> None:
        STATE.codes = {code: held for code, held in STATE.codes.items() if held is not authorization_code}

    def authenticate_user(self, authorization_code: Held) -> str:
        return USER


class Refreshes(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ["none", "client_secret_post"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Held | None:
        found = STATE.by("refresh_token", refresh_token)
        if found is not None and found.get("used"):
            STATE.reused += 1
            for one in STATE.tokens:
                one["revoked"] = True
        return found if found is not None and not found.is_revoked() else None

    def authenticate_user(self, refresh_token: Held) -> str:
        return USER

    def revoke_old_credential(self, refresh_token: Held) -> None:
        refresh_token["used"] = True


class Devices(DeviceAuthorizationEndpoint):
    @property
    def INTERVAL(self) -> int:
        return STATE.interval

    def get_verification_uri(self) -> str:
        return f"https://127.0.0.1:{SERVER.port}/device/enter"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        kept = DeviceCredentialDict(data | {"client_id": client_id, "scope": scope})
        kept["expires_at"] = time.time() + data["expires_in"]
        STATE.devices[data["device_code"]] = kept


class DeviceCodes(DeviceCodeGrant):
    def query_device_credential(self, device_code: str) -> DeviceCredentialDict | None:
        return STATE.devices.get(device_code)

    def query_user_grant(self, user_code: str) -> tuple[str, bool] | None:
        return (USER, STATE.verdicts[user_code]) if user_code in STATE.verdicts else None

    def should_slow_down(self, credential: DeviceCredentialDict) -> bool:
        if STATE.slow_down:
            STATE.slow_down -= 1
            return True
        return False


class Revocations(RevocationEndpoint):
    CLIENT_AUTH_METHODS: ClassVar = ["none", "client_secret_post"]

    def query_token(self, token: str, hint: str | None) -> Held | None:
        return STATE.by("refresh_token", token) or STATE.by("access_token", token)

    def revoke_token(self, token: Held, request: OAuth2Request) -> None:
        for one in STATE.tokens:
            one["revoked"] = True


class Request(OAuth2Request):
    def __init__(self, method: str, uri: str, body: str, headers: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self._args, self._form = dict(parse_qsl(urlsplit(uri).query)), dict(parse_qsl(body))
        self.payload = BasicOAuth2Payload(self._args | self._form)

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form


class Server(AuthorizationServer):
    port = 0

    def query_client(self, client_id: str) -> Client | None:
        return Client() if client_id in STATE.clients else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        STATE.tokens.append(Held(token, at=time.time()))

    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        return None

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, dict[str, str]]:
        return status, body, dict(headers)


def _id_token() -> str:
    def part(value: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'email': USER})}."


def _make() -> Server:
    server = Server()
    lifetime = lambda client, kind: STATE.lifetime  # noqa: E731
    generator = BearerTokenGenerator(
        lambda **_: "at-" + generate_token(40), lambda **_: "rt-" + generate_token(40), lifetime
    )
    server.register_token_generator("default", generator)
    server.register_grant(Codes, [CodeChallenge(required=True)])
    server.register_grant(Refreshes)
    server.register_grant(DeviceCodes)
    server.register_endpoint(Devices(server))
    server.register_endpoint(Revocations)
    return server


SERVER = _make()


class Front(BaseHTTPRequestHandler):
    """The server as programs and browsers see it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with STATE.lock:
            self._page()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with STATE.lock:
            self._form(body)

    def _request(self, body: str = "") -> Request:
        uri = f"https://127.0.0.1:{SERVER.port}{self.path}"
        return Request(self.command, uri, body, dict(self.headers.items()))

    def _page(self) -> None:
        """The consent: what is asked for is checked before a person is asked."""
        try:
            SERVER.get_consent_grant(self._request(), end_user=USER)
            self._say(200, "<form method=post>Do you allow SMTPDesk to send your mail?</form>")
        except OAuth2Error as error:
            self._say(400, {"error": error.error, "error_description": error.description})

    def _form(self, body: str) -> None:
        path, form = urlsplit(self.path).path, dict(parse_qsl(body))
        if path == "/device/enter":
            STATE.verdicts[form["user_code"]] = form["decision"] == "allow"
            self._say(200, "Thank you")
        elif path == "/authorize":
            request = self._request()
            request.method = "GET"
            grant = SERVER.get_consent_grant(request, end_user=USER)
            user = USER if form["decision"] == "allow" else None
            self._say(*SERVER.create_authorization_response(request, grant_user=user, grant=grant))
        elif path == "/token":
            self._token(body, form)
        elif path == "/device":
            STATE.asked["device"] += 1
            self._say(*SERVER.create_endpoint_response("device_authorization", self._request(body)))
        elif path == "/revoke":
            STATE.asked["revoke"] += 1
            self._say(*SERVER.create_endpoint_response("revocation", self._request(body)))
        else:
            self._say(404, "")

    def _token(self, body: str, form: dict[str, str]) -> None:
        STATE.asked[form.get("grant_type", "").rpartition(":")[2]] += 1
        if STATE.error:
            self._say(
                503 if STATE.error == "503" else 400, {"error": STATE.error, "error_description": f"said of {body}"}
            )
            return
        status, said, headers = SERVER.create_token_response(self._request(body))
        if status == 200 and form.get("grant_type") != "refresh_token":
            said = said | {"id_token": _id_token()}
        self._say(status, said, headers)

    def _say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        return


class Back(Front):
    """Introspection for the mail server, and the test's own door."""

    def do_GET(self) -> None:
        with STATE.lock:
            self._say(
                200,
                {"asked": dict(STATE.asked), "secrets": STATE.secrets(), "reused": STATE.reused,
                 "refresh": [one.get("refresh_token") for one in STATE.tokens]},
            )  # fmt: skip

    def _form(self, body: str) -> None:
        form = parse_qs(body)
        if urlsplit(self.path).path == "/introspect":
            STATE.asked["introspect"] += 1
            found = STATE.by("access_token", form.get("token", [""])[0])
            active = found is not None and not found.is_expired() and not found.is_revoked()
            self._say(200, {"active": True, "username": USER, "scope": "mail"} if active else {"active": False})
            return
        wishes = json.loads(body)
        if wishes.pop("withdraw", False):
            for one in STATE.tokens:
                one["revoked"] = True
        if wishes.pop("forget", False):
            STATE.__init__()  # type: ignore[misc]
        for name, value in wishes.items():
            setattr(STATE, name, set(value) if name == "clients" else value)
        self._say(200, {})


def main(folder: Path) -> None:
    """Listen on two free ports and say which."""
    front, back = ThreadingHTTPServer(("127.0.0.1", 0), Front), ThreadingHTTPServer(("127.0.0.1", 0), Back)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    front.socket = context.wrap_socket(front.socket, server_side=True)
    SERVER.port = front.server_port
    threading.Thread(target=front.serve_forever, daemon=True).start()
    print(front.server_port, back.server_port, flush=True)
    back.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
