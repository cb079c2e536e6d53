"""What stands where the server should be, answered by real sockets: each gets its own sentence."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.problems import Problem
from sync.roads.http import client_for, exchange
from sync.roads.route import has_route
from sync.trust import KeySigner
from sync.versions import CURRENT
from sync.wire import EnrolRequest

SIGNER = KeySigner(b"\x07" * 32)
ASKED = EnrolRequest("AAAA-BBBB-CCCC", SIGNER.public, "laptop", "", CURRENT)
PAGE = "<!doctype html><title>log in</title>"
TODAY = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy of this machine's stands in between, and nothing is tried twice."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    stamina.set_testing(True)
    yield
    stamina.set_testing(False)


def http(status: str, *headers: str, body: str = PAGE, kind: str = "text/html") -> bytes:
    """An answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"content-type: {kind}", f"content-length: {len(body)}"]
    return ("\r\n".join([*lines, *headers, "connection: close"]) + "\r\n\r\n" + body).encode()


@asynccontextmanager
async def answering(said: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Somebody who says the same to whatever is asked; gives where."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(2**16)
            writer.write(said)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if context else 'http'}://127.0.0.1:{port}"


async def trouble_at(address: str) -> Problem:
    """The problem of an exchange with whoever is there."""
    async with client_for(address) as client:
        with pytest.raises(Problem) as raised:
            await exchange(client, ASKED, SIGNER)
    return raised.value


@pytest.mark.parametrize(
    "said, code",
    [
        (http("200 OK"), "network-captive"),
        (http("302 Found", "location: http://login.example/"), "network-captive"),
        (http("511 Network Authentication Required"), "network-captive"),
        (http("407 Proxy Authentication Required"), "network-proxy"),
        (http("502 Bad Gateway"), "server-fault"),
        (http("503 Service Unavailable", "retry-after: 120"), "server-fault"),
        (http("429 Too Many Requests", "retry-after: 60"), "server-busy"),
        (http("404 Not Found"), "network-captive"),
        (b"", "network-broken"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "network-broken"),
    ],
)
async def test_an_answer_that_is_not_the_servers_has_a_sentence_of_its_own(
    said: bytes, code: str
) -> None:
    """A log-in page, a proxy, a gateway without its server, a line that is cut (R2)."""
    async with answering(said) as address:
        problem = await trouble_at(address)

    assert problem.code == code
    assert address in problem.say("zh-Hans")


async def test_what_a_server_asks_for_is_handed_on() -> None:
    """Retry-After says how long the laptop leaves the server alone."""
    async with answering(http("503 Service Unavailable", "retry-after: 120")) as address:
        problem = await trouble_at(address)

    assert problem.values["seconds"] == 120


async def test_a_proxy_that_wants_a_log_in_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is asked to connect to a server that is far behind it."""
    async with answering(http("407 Proxy Authentication Required")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        problem = await trouble_at("https://tianji.invalid")

    assert problem.code == "network-proxy"


async def test_nobody_who_listens_and_no_name_are_two_things() -> None:
    """A server that is off, and a name that no one knows; without a network that is said instead."""
    async with answering(b"") as address:
        pass
    assert (await trouble_at(address)).code == "network-unreachable"

    expected = "network-name" if has_route() else "network-none"
    assert (await trouble_at("http://tianji.invalid")).code == expected


async def test_a_plain_answer_to_a_secure_question_is_no_certificate() -> None:
    """A log-in page that answers in clear where TLS was asked for."""
    async with answering(http("200 OK")) as address:
        problem = await trouble_at(address.replace("http:", "https:"))

    assert problem.code == "network-tls"


class Authority:
    """Somebody whose certificates the test trusts, or doesn't."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.file = folder / "authority.pem"
        made = self._signed(self.name, self._key, (TODAY - 9999 * DAY, TODAY + 9999 * DAY), None)
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def context(self, name: str, since: datetime, until: datetime) -> ssl.SSLContext:
        """A server's side of a connection, with a certificate for that name and time."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._signed(subject, key, (since, until), name)
        file = self._folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        valid: tuple[datetime, datetime],
        name: str | None,
    ) -> x509.Certificate:
        made = x509.CertificateBuilder(self.name, subject, key.public_key())
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(valid[0]).not_valid_after(valid[1])
        made = made.add_extension(x509.BasicConstraints(name is None, None), critical=True)
        if name is not None:
            address = x509.IPAddress(ipaddress.ip_address(name))
            made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return made.sign(self._key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this test's client trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def dated(moment: datetime) -> bytes:
    """An answer of a server by whose clock it is then."""
    return http("404 Not Found", f"date: {moment:%a, %d %b %Y %H:%M:%S} GMT")


@pytest.mark.parametrize(
    "since, until, server_day, code",
    [
        (TODAY - 99 * DAY, TODAY - DAY, TODAY, "network-certificate-date"),
        (TODAY + DAY, TODAY + 99 * DAY, TODAY, "network-certificate-date"),
        (TODAY - 999 * DAY, TODAY - 900 * DAY, TODAY - 950 * DAY, "network-clock"),
        (TODAY + 900 * DAY, TODAY + 999 * DAY, TODAY + 950 * DAY, "network-clock"),
    ],
)
async def test_an_old_certificate_and_a_wrong_clock_are_told_apart(
    authority: Authority, since: datetime, until: datetime, server_day: datetime, code: str
) -> None:
    """The server's own date decides which of the two it is."""
    context = authority.context("127.0.0.1", since, until)
    async with answering(dated(server_day), context) as address:
        problem = await trouble_at(address)

    assert problem.code == code
    assert f"{TODAY + timedelta(hours=8):%Y-%m-%d}" in problem.say("zh-Hans")


async def test_anothers_certificate_is_told_from_one_that_nobody_vouches_for(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong name, and an unknown authority."""
    valid = (TODAY - DAY, TODAY + DAY)
    async with answering(http("200 OK"), authority.context("127.0.0.9", *valid)) as address:
        assert (await trouble_at(address)).code == "network-certificate-name"

    (tmp_path / "other").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path / "other").file))
    async with answering(http("200 OK"), authority.context("127.0.0.1", *valid)) as address:
        assert (await trouble_at(address)).code == "network-certificate"
