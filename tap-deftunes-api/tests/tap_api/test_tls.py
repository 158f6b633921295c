"""HTTPS: a certificate that is trusted is read from, any other is told in a sentence."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from .api import PurchaseApi
from .conftest import running
from .rows import session
from .run import Run, sync


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="The tap's own tests")


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """The file of the authority that signed the server's certificate."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[PurchaseApi]:
    """A purchase API behind TLS, with a certificate for its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with running(context) as api:
        api.rows["/sessions"] = [session("2020-02-05T10:00:00", "s", items=2)]
        yield api


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Names the file of authorities in the environment, and no other."""
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    return lambda path: monkeypatch.setenv("REQUESTS_CA_BUNDLE", path)


def read(api_url: str) -> Run:
    # One connection: none is still being made when the test ends and the server goes.
    days = {"end_date": "2020-03-31", "max_connections": 1}
    return sync({"api_url": api_url, "auth_token": "t", **days})


def test_a_certificate_of_an_authority_that_the_environment_names_is_trusted(
    secure: PurchaseApi, trust: Callable[[str], None], bundle: str
) -> None:
    trust(bundle)
    done = read(secure.url)
    assert (done.error, done.ids("session_items")) == ("", ["s", "s"])
    assert {headers["Authorization"] for _, _, headers in secure.asked} == {"Bearer t"}


def test_a_certificate_of_an_unknown_authority_is_told_and_no_token_is_sent(
    secure: PurchaseApi, trust: Callable[[str], None]
) -> None:
    trust("")
    done = read(secure.url)
    assert done.error == (
        f"GET {secure.url}/sessions for 2020-01-01..2020-01-31 failed: no trusted TLS connection. "
        "Check the scheme and host of api_url and the server's certificate (the variable "
        "REQUESTS_CA_BUNDLE names the file of an authority of your own), then run again."
    )
    assert (secure.asked, done.states) == ([], [])


def test_a_certificate_for_another_host_is_told_and_no_token_is_sent(
    secure: PurchaseApi, trust: Callable[[str], None], bundle: str
) -> None:
    trust(bundle)
    done = read(secure.url.replace("127.0.0.1", "localhost"))
    assert "no trusted TLS connection" in done.error
    assert (secure.asked, done.states) == ([], [])


def test_a_file_of_authorities_that_is_not_there_is_told(
    secure: PurchaseApi, trust: Callable[[str], None], tmp_path: Path
) -> None:
    trust(str(tmp_path / "nowhere.pem"))
    done = read(secure.url)
    assert "the file of certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names" in done.error
    assert len(done.error.splitlines()) == 1
