"""HTTPS: a certificate that is trusted is read from, any other is told in a sentence."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from .api import PurchaseApi
from .conftest import running
from .rows import session
from .run import Run, run

Config = dict[str, Any]

AUTHORITY = trustme.CA(organization_name="The tap's own tests")

pytestmark = pytest.mark.slow


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    """The file of the authority that signed the server's certificate."""
    path = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def secure() -> Iterator[PurchaseApi]:
    """A purchase API behind TLS, with a certificate for its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    with running(context) as api:
        api.rows["/sessions"] = [session("2020-02-05T10:00:00", "s", items=2)]
        yield api


def read(tmp_path: Path, api_url: str, bundle: str) -> Run:
    config = {"api_url": api_url, "end_date": "2020-03-31", "auth_token": "t"}
    return run(tmp_path, config, REQUESTS_CA_BUNDLE=bundle, CURL_CA_BUNDLE="")


def test_a_certificate_of_an_authority_that_the_environment_names_is_trusted(
    secure: PurchaseApi, tmp_path: Path, bundle: str
) -> None:
    done = read(tmp_path, secure.url, bundle)
    assert (done.status, done.ids("session_items")) == (0, ["s", "s"])
    assert {headers["Authorization"] for _, _, headers in secure.asked} == {"Bearer t"}


def sentence(done: Run) -> str:
    """The one line that is more than information."""
    assert (done.status, done.states) == (1, [])
    (line,) = [line for line in done.error.splitlines() if "| INFO " not in line]
    return line


def test_a_certificate_of_an_unknown_authority_is_told_and_no_token_is_sent(
    secure: PurchaseApi, tmp_path: Path
) -> None:
    done = read(tmp_path, secure.url, "")
    assert f"GET {secure.url}/sessions" in sentence(done)
    assert "no trusted TLS connection" in sentence(done)
    assert "REQUESTS_CA_BUNDLE names the file of an authority of your own" in sentence(done)
    assert secure.asked == []


def test_a_certificate_for_another_host_is_told_and_no_token_is_sent(
    secure: PurchaseApi, tmp_path: Path, bundle: str
) -> None:
    done = read(tmp_path, secure.url.replace("127.0.0.1", "localhost"), bundle)
    assert "no trusted TLS connection" in sentence(done)
    assert secure.asked == []


def test_a_file_of_authorities_that_is_not_there_is_told(
    secure: PurchaseApi, tmp_path: Path
) -> None:
    done = read(tmp_path, secure.url, str(tmp_path / "nowhere.pem"))
    assert "the file of certificates that REQUESTS_CA_BUNDLE or" in sentence(done)
