"""``~`` and path-likes, wherever a path is passed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kontena_ws_nb.demo import lab as demo_lab
from kontena_ws_nb.log.export import write_file
from kontena_ws_nb.magics.curl import read_curl
from kontena_ws_nb.magics.sending import from_file
from kontena_ws_nb.options import Options
from kontena_ws_nb.system.paths import local_path, local_paths
from kontena_ws_nb.system.whole_file import whole_file
from kontena_ws_nb.tls.certificate import Certificate, CertificateChain
from kontena_ws_nb.tls.context import Trust
from tests.lab.certificates import issue, lab


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


class Odd(os.PathLike[str]):
    """A path-like that is no `pathlib.Path`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return self.path


FORMS: list[Callable[[str], Any]] = [str, Path, Odd]


@pytest.mark.parametrize("form", FORMS)
def test_home_and_path_likes(form: Callable[[str], Any], home: Path) -> None:
    assert local_path(form("~/a.pem")) == f"{home}/a.pem"
    assert local_path(form("~nobody-of-that-name/a")) == "~nobody-of-that-name/a"
    assert local_path(form("/x/~")) == "/x/~"
    assert local_paths(form("~/a:/b:~/c")) == f"{home}/a:/b:{home}/c"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("option", ["ca_file", "ca_path", "client_cert", "client_key"])
def test_options(option: str, form: Callable[[str], Any], home: Path) -> None:
    assert getattr(Options.of(**{option: form("~/a")}), option) == f"{home}/a"
    assert getattr(Options(**{option: form("~/a")}), option) == f"{home}/a"


def test_pasted_curl(home: Path) -> None:
    options = Options.of(**read_curl("curl wss://h --cacert '~/ca.pem' --cert ~/me.pem --key ~/me.key")[1])
    assert (options.ca_file, options.client_cert, options.client_key) == (
        f"{home}/ca.pem",
        f"{home}/me.pem",
        f"{home}/me.key",
    )


def test_trust_stores_of_the_environment(home: Path) -> None:
    made = lab()
    (home / "ca.pem").write_bytes(Path(made.ca_file).read_bytes())
    hashed = home / "hashed"
    hashed.mkdir()
    (hashed / "0123abcd.0").write_bytes(b"x")
    assert Trust.resolve(environ={"SSL_CERT_FILE": "~/ca.pem"}).ca_file == f"{home}/ca.pem"
    assert Trust.resolve(environ={"SSL_CERT_DIR": "/none:~/hashed"}).ca_path == f"/none:{home}/hashed"
    assert Trust.resolve(Path("~/ca.pem"), environ={}).ca_file == f"{home}/ca.pem"


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_and_read(form: Callable[[str], Any], home: Path) -> None:
    chain = CertificateChain([issue("saved").der])
    leaf = chain.leaf
    assert isinstance(leaf, Certificate)
    assert leaf.save(form("~/leaf.pem")) == home / "leaf.pem"
    assert chain.save(form("~/chain.pem")).read_text() == chain.pem
    assert write_file(form("~/log.jsonl"), {}) == 0
    with whole_file(form("~/whole")) as file:
        file.write(b"x")
    assert sorted(path.name for path in home.iterdir()) == ["chain.pem", "leaf.pem", "log.jsonl", "whole"]
    assert from_file("~/whole") == b"x"
    assert demo_lab.prepare(form("~/work")) == home / "work"
