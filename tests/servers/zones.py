"""What the tests' name server knows: domains that are well kept, and domains that are broken in one way each."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

#: Zones that are answered with SERVFAIL.
BROKEN = ("servfail.test",)


@lru_cache
def public_key(bits: int) -> str:
    """The ``p=`` of an RSA key; the shortest are made by hand, since no library makes them any more."""
    numbers = rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) | 1)
    if bits >= 1024:
        numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    else:
        return b64encode(_der(numbers.n, numbers.e)).decode()
    der = numbers.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


def _der(modulus: int, exponent: int) -> bytes:
    """SubjectPublicKeyInfo of an RSA key (RFC 5280 section 4.1, RFC 8017 appendix A.1.1)."""

    def field(tag: int, body: bytes) -> bytes:
        length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2)
        return bytes([tag]) + length + body

    def number(value: int) -> bytes:
        return field(2, value.to_bytes(value.bit_length() // 8 + 1))

    algorithm = field(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    key = field(0x30, number(modulus) + number(exponent))
    return field(0x30, algorithm + field(3, b"\x00" + key))


def txt(value: str) -> str:
    """A TXT record's data in strings of at most 200 octets."""
    return " ".join(f'"{value[at : at + 200]}"' for at in range(0, len(value), 200))


def zone() -> str:
    """All of it, as a zone file below the root."""
    return "\n".join((_GOOD, _keys(), _SPF, _ALIGNMENT, _LISTS, _SUBMISSION)) + "\n"


def _keys() -> str:
    spaced = public_key(2048)[:40] + " " + public_key(2048)[40:]
    strong, short, weak = (f"v=DKIM1; k=rsa; p={public_key(bits)}" for bits in (2048, 512, 1024))
    return f"""
desk1._domainkey.good.test.         TXT {txt(strong)}
desk1._domainkey.hosted.test.       TXT {txt(strong)}
s1._domainkey.hosted.test.          CNAME s1.keys.provider.test.
s1.keys.provider.test.              TXT {txt(strong)}
gone._domainkey.hosted.test.        CNAME nowhere.provider.test.
revoked._domainkey.keys.test.       TXT "v=DKIM1; k=rsa; p="
short._domainkey.keys.test.         TXT {txt(short)}
weak._domainkey.keys.test.          TXT {txt(weak)}
testing._domainkey.keys.test.       TXT {txt(strong + "; t=y:s")}
spaced._domainkey.keys.test.        TXT {txt("v=DKIM1 ; k = rsa ;p= " + spaced)}
twice._domainkey.keys.test.         TXT {txt(strong)}
twice._domainkey.keys.test.         TXT {txt(weak)}
rubbish._domainkey.keys.test.       TXT "v=DKIM1; k=rsa; p=%%%"
edward._domainkey.keys.test.        TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
sha1._domainkey.keys.test.          TXT {txt("v=DKIM1; h=sha1; p=" + public_key(2048))}
other._domainkey.keys.test.         TXT "v=spf1 -all"
"""


_GOOD = """
; a domain with a server of its own, as it should be
good.test.                  TXT "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 include:_spf.provider.test -all"
good.test.                  TXT "site-verification=1"
good.test.                  MX 10 mx.good.test.
mx.good.test.               A 192.0.2.10
mx.good.test.               AAAA 2001:db8::10
_dmarc.good.test.           TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@good.test"
_mta-sts.good.test.         TXT "v=STSv1; id=20261124"
_smtp._tls.good.test.       TXT "v=TLSRPTv1; rua=mailto:tls@good.test"
default._bimi.good.test.    TXT "v=BIMI1; l=https://good.test/logo.svg;"
10.2.0.192.in-addr.arpa.    PTR mx.good.test.
0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mx.good.test.
_spf.provider.test.         TXT "v=spf1 ip4:198.51.100.0/24 " "include:_b.provider.test ~all"
_b.provider.test.           TXT "v=spf1 ip4:203.0.113.0/24 ~all"
smtp.provider.test.         A 198.51.100.7
; reverse names: made of the address, leading elsewhere
7.100.51.198.in-addr.arpa.  PTR 198-51-100-7.dyn.provider.test.
198-51-100-7.dyn.provider.test. A 198.51.100.7
8.100.51.198.in-addr.arpa.  PTR mail.elsewhere.test.
mail.elsewhere.test.        A 192.0.2.99
; a domain at a provider that signs, with DMARC that only watches
hosted.test.                TXT "v=spf1 include:_spf.provider.test ~all"
hosted.test.                MX 0 mx.good.test.
_dmarc.hosted.test.         TXT "v=DMARC1; p=none"
; a domain with other letters: bücher.test
xn--bcher-kva.test.         TXT "v=spf1 include:_spf.provider.test -all"
_dmarc.xn--bcher-kva.test.  TXT "v=DMARC1; p=reject; rua=mailto:a@xn--bcher-kva.test"
; mail hosts
nullmx.test.                MX 0 .
bare.test.                  A 192.0.2.20
lost.test.                  MX 10 nowhere.lost.test.
"""

_SPF = """
several.test.               TXT "v=spf1 include:_spf.provider.test -all"
several.test.               TXT "v=spf1 mx ~all"
loop.test.                  TXT "v=spf1 include:loop2.test -all"
loop2.test.                 TXT "v=spf1 include:loop.test -all"
many.test.                  TXT "v=spf1 @FIVE@ mx a -all"
many.test.                  MX 10 mx.good.test.
many.test.                  A 192.0.2.40
i1.many.test.               TXT "v=spf1 include:x.many.test -all"
i2.many.test.               TXT "v=spf1 include:x.many.test -all"
i3.many.test.               TXT "v=spf1 include:x.many.test -all"
i4.many.test.               TXT "v=spf1 include:x.many.test -all"
i5.many.test.               TXT "v=spf1 ip4:192.0.2.55 -all"
x.many.test.                TXT "v=spf1 ip4:192.0.2.56 -all"
ten.test.                   TXT "v=spf1 @FIVE@ a:many.test -all"
void.test.                  TXT "v=spf1 a:no1.test mx:no2.test exists:no3.test ip4:192.0.2.1 -all"
twovoid.test.               TXT "v=spf1 a:no1.test mx:no2.test ip4:192.0.2.1 -all"
syntax.test.                TXT "v=spf1 ipv4:192.0.2.1 -all"
redirected.test.            TXT "v=spf1 redirect=_spf.provider.test"
lostredirect.test.          TXT "v=spf1 redirect=nowhere.test"
lostinclude.test.           TXT "v=spf1 include:nowhere.test -all"
broken.test.                TXT "v=spf1 include:sub.servfail.test ip4:192.0.2.1 -all"
any.test.                   TXT "v=spf1 +all"
neutral.test.               TXT "v=spf1 ip4:192.0.2.1"
long.test.                  TXT "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 " "ip4:192.0.2.3 -all"
macros.test.                TXT "v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all"
7.2.0.192.in-addr._spf.macros.test. A 127.0.0.2
local.test.                 TXT "v=spf1 exists:%{l}._users.%{o} -all"
ana._users.local.test.      A 127.0.0.2
pointer.test.               TXT "v=spf1 ptr:good.test -all"
validated.test.             TXT "v=spf1 exists:%{p}.ok.validated.test -all"
mx.good.test.ok.validated.test. A 127.0.0.2
prefixes.test.              TXT "v=spf1 a:smtp.provider.test/24 mx:good.test/28//64 -all"
crowd.test.                 TXT "v=spf1 mx -all"
""" + "".join(f"crowd.test. MX {n} mx{n}.crowd.test.\n" for n in range(11))
_SPF = _SPF.replace("@FIVE@", " ".join(f"include:i{n}.many.test" for n in range(1, 6)))

_ALIGNMENT = """
_dmarc.shop.co.uk. TXT "v=DMARC1; p=reject; sp=none; pct=50; " "rua=mailto:r@reports.test,mailto:s@silent.test!10m"
shop.co.uk._report._dmarc.reports.test. TXT "v=DMARC1"
_dmarc.mid.shop.co.uk.      TXT "v=DMARC1; p=quarantine; adkim=s; aspf=s"
_dmarc.twice.test.          TXT "v=DMARC1; p=none"
_dmarc.twice.test.          TXT "v=DMARC1; p=reject"
_dmarc.nopolicy.test.       TXT "v=DMARC1; sp=none"
_dmarc.reportonly.test.     TXT "v=DMARC1; rua=mailto:a@reportonly.test"
_dmarc.testing.test.        TXT "v=DMARC1; p=reject; t=y"
"""

_LISTS = """
99.2.0.192.zen.spamhaus.org. A 127.0.0.2
99.2.0.192.zen.spamhaus.org. TXT "https://check.spamhaus.org/query/ip/192.0.2.99"
98.2.0.192.zen.spamhaus.org. A 127.255.255.254
97.2.0.192.zen.spamhaus.org. A 127.0.0.10
96.2.0.192.zen.spamhaus.org. A 203.0.113.80
spammy.test.dbl.spamhaus.org. A 127.0.1.2
"""

_SUBMISSION = """
; who knows how people of these domains send
workspace.test.             MX 1 aspmx.l.google.com.
zohoeu.test.                MX 10 mx.zoho.eu.
published.test.             MX 10 mx.published.test.
_submissions._tcp.published.test. SRV 20 1 465 late.published.test.
_submissions._tcp.published.test. SRV 10 1 465 light.published.test.
_submissions._tcp.published.test. SRV 10 9 465 mail.published.test.
_submission._tcp.published.test.  SRV 0 1 587 mail.published.test.
_submissions._tcp.notls.test. SRV 0 0 0 .
_submission._tcp.notls.test.  SRV 0 1 587 mail.notls.test.
_submissions._tcp.foreign.test. SRV 0 1 465 mail.hoster.test.
_submissions._tcp.athost.test.  SRV 0 1 465 smtp.fastmail.com.
_submission._tcp.closed.test.   SRV 0 0 0 .
_submissions._tcp.closed.test.  SRV 0 0 0 .
file.test.                  MX 10 mx.file.test.
plainhost.test.             MX 10 mx.plainhost.test.
"""
