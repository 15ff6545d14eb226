"""Every option of every magic, by each of its names, in a real shell; the table here must be complete."""

from __future__ import annotations

import subprocess

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.magics.flags import FLAGS
from tests.lab.certificates import PASSWORD, lab

pytestmark = pytest.mark.usefixtures("demo")

PIN = "sha256/" + "A" * 43 + "="
#: %ws_connect: option → what is typed, what the session has. The demo is not encrypted: what TLS does with its options
#: is tested elsewhere.
CONNECT = {
    "headers": ("'X-One: 1'", (("X-One", "1"),)),
    "subprotocols": ("mqtt", ("mqtt",)),
    "origin": ("https://o.example", "https://o.example"),
    "cookies": ("'a=1; b=2'", (("a", "1"), ("b", "2"))),
    "user": ("me:pw", "me:pw"),
    "token": ("abc", "abc"),
    "ssl_verify": ("", False),
    "ssl_hostname": ("lab.example", "lab.example"),
    "ca_file": ("/lab/ca.pem", "/lab/ca.pem"),
    "ca_path": ("/lab/cas", "/lab/cas"),
    "trust": ("system", "system"),
    "strict": ("", True),
    "pin": (PIN, PIN),
    "client_cert": ("/lab/me.pem", "/lab/me.pem"),
    "client_key": ("/lab/me.key", "/lab/me.key"),
    "client_key_password": ("open", "open"),
    "min_tls": ("1.3", "1.3"),
    "proxy": ("''", ""),
    "redirects": ("2", 2),
    "resolve": ("h.example:127.0.0.1", (("h.example", "127.0.0.1"),)),
    "connect_timeout": ("2.5", 2.5),
    "ping_interval": {"--ping-interval": ("30s", 30.0), "--no-ping": ("", None)},
    "ping_timeout": ("500ms", 0.5),
    "max_size": ("1000", 1000),
    "compression": ("", False),
    "auto_reconnect": ("", True),
    "max_bytes": ("5000", 5000),
    "decode": ("msgpack", "msgpack"),
    "record": ("{folder}/feed.db", "{folder}/feed.db"),
    "redact": ("s3cret", ("s3cret",)),
}
#: A second value of those that may be repeated.
MORE = {
    "headers": "X-Two:2",
    "cookies": "c=3",
    "subprotocols": "wamp",
    "resolve": "g.example:127.0.0.2",
    "redact": "hunter2",
}
#: %ws_send: option → what is typed behind it, what is sent.
SEND = {
    "session": ("other x", ["x"]),
    "json": ('{"a": {{user}}}', ['{"a": "me"}']),
    "hex": ("00 ff", [b"\x00\xff"]),
    "base64": ("AP8=", [b"\x00\xff"]),
    "file": ("{folder}/file", [b"of a file"]),
    "each": ("one line", ["one line"]),
    "repeat": ("2 x", ["x", "x"]),
    "interval": ("0 --repeat 2 x", ["x", "x"]),
    "expect": ("/x/ x", ["x"]),
    "timeout": ("5 --expect /x/ x", ["x"]),
    "raw": ("{{user}}", ["{{user}}"]),
}
#: The other magics: option → what is typed behind it, what the result must be like.
OTHERS = {
    "ws_close": {
        "session": ("other", lambda _, ns: ns["other"].closed and not ns["ws"].closed),
        "all": ("", lambda _, ns: not kws.sessions),
    },
    "ws_ping": {"session": ("other", lambda rtt, _: 0 < rtt < 5), "timeout": ("5", lambda rtt, _: 0 < rtt < 5)},
    "ws_messages": {
        "session": ("other", lambda rows, ns: rows is ns["other"].messages),
        "n": ("1", lambda rows, ns: [row.index for row in rows] == [ns["ws"].messages.next_index - 1]),
        "as": ("kept", lambda rows, ns: ns["kept"] is rows),
        "raw": ("{{user}}", lambda rows, _: len(rows) == 0),
    },
    "ws_expect": {
        "session": ("other hello", lambda row, ns: row in ns["other"].messages),
        "timeout": ("5 hello", lambda row, _: row.text == "hello"),
        "raw": ("-- -{{user}}", lambda row, _: row.text == "hello"),
    },
    "ws_panel": {"session": ("other", lambda panel, ns: panel is ns["other"].panel)},
    "ws_save": {
        "session": ("other {folder}/a.jsonl", lambda saved, ns: saved.messages == len(ns["other"].messages)),
        "secrets": ("{folder}/a.jsonl", lambda saved, ns: saved.messages == len(ns["ws"].messages)),
        "raw": ("{folder}/a.jsonl {{user}}", lambda saved, _: saved.messages == 0),
    },
    "ws_list": {},
    "ws_use": {},
    "ws_help": {},
}
#: %ws_cert with an address: what is typed that makes it find a certificate, good or bad, and whether it is good then.
CERT = {
    "ssl_hostname": ("localhost", False),
    "ca_file": ("{folder}/demo.pem", True),
    "ca_path": ("{folder}/hashed", True),
    "trust": ("system", False),
    "strict": ("", False),
    "client_cert": ("{lab}/client.pem --key {lab}/client.key --ca-file {folder}/demo.pem", True),
    "client_key": ("{lab}/client.key --cert {lab}/client.pem --ca-file {folder}/demo.pem", True),
    "client_key_password": (f"'{PASSWORD}' --cert {{lab}}/client.p12 --ca-file {{folder}}/demo.pem", True),
    "min_tls": ("1.3", False),
    "proxy": ("''", False),
    "connect_timeout": ("5", False),
    "resolve": ("h.example:127.0.0.1", False),
}


def names(magic):
    return [(flag, name) for flag in FLAGS[magic] for name in flag.names]


@pytest.fixture
def two(notebook, demo, tmp_path):
    """Two sessions to the echo, and a file to send."""
    (tmp_path / "file").write_bytes(b"of a file")
    trusted, hashed = tmp_path / "demo.pem", tmp_path / "hashed"
    trusted.write_bytes(demo.certificate_pem())
    hashed.mkdir()
    name = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", trusted], capture_output=True, text=True, check=True
    ).stdout.strip()
    (hashed / f"{name}.0").write_bytes(trusted.read_bytes())
    notebook.ns["user"] = "me"
    for name in ("other", "ws"):
        notebook.run(f"%ws_connect -s {name} demo;")
        notebook.run(f"%ws_send -s {name} hello;")
        assert notebook.ns[name].read().text == "hello"
    return notebook


@pytest.mark.parametrize(
    ("flag", "name"), names("ws_connect"), ids=lambda value: value if isinstance(value, str) else ""
)
def test_ws_connect(notebook, capsys, tmp_path, flag, name):
    if flag.to == "name":
        assert notebook.run(f"%ws_connect {name} feed demo;") is notebook.ns["feed"]
    elif flag.to == "panel":
        notebook.run("%config WebSocketMagics.panel = True")
        notebook.run(f"%ws_connect {name} demo")
        assert "\n● open  ws://127.0.0.1:" in capsys.readouterr().out  # the card
    else:
        typed, value = CONNECT[flag.to][name] if isinstance(CONNECT[flag.to], dict) else CONNECT[flag.to]
        if flag.to == "record":
            typed = value = value.replace("{folder}", str(tmp_path))
        session = notebook.run(f"%ws_connect {name} {typed} demo;")
        assert getattr(session.options, flag.to) == value
        if flag.many:
            again = notebook.run(f"%ws_connect {name} {typed} {name} {MORE[flag.to]} demo;")
            assert len(getattr(again.options, flag.to)) == len(value) + 1


@pytest.mark.parametrize(("flag", "name"), names("ws_send"), ids=lambda value: value if isinstance(value, str) else "")
def test_ws_send(two, tmp_path, flag, name):
    typed, payloads = SEND[flag.to]
    session = two.ns["other" if flag.to == "session" else "ws"]
    before = session.messages.next_index
    two.run(f"%ws_send {name} {typed.replace('{folder}', str(tmp_path))}")
    assert [row.data for row in session.messages.since(before) if row.direction == "sent"] == payloads


@pytest.mark.parametrize(
    ("magic", "flag", "name"),
    [(magic, flag, name) for magic in OTHERS for flag, name in names(magic)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_others(two, tmp_path, magic, flag, name):
    typed, holds = OTHERS[magic][flag.to]
    typed = typed.replace("{folder}", str(tmp_path))
    assert holds(two.run(f"%{magic} {name} {typed}"), two.ns)


@pytest.mark.parametrize(("flag", "name"), names("ws_cert"), ids=lambda value: value if isinstance(value, str) else "")
def test_ws_cert(two, tmp_path, flag, name):
    if flag.to == "session":
        two.run("%ws_connect -k -s safe demo+tls;")
        assert two.run(f"%ws_cert {name} safe") is two.ns["safe"].certificate
        return
    typed, good = CERT[flag.to]
    folders = {"{folder}": str(tmp_path), "{lab}": str(lab().folder)}
    for placeholder, folder in folders.items():
        typed = typed.replace(placeholder, folder)
    assert two.run(f"%ws_cert {name} {typed} demo+tls").verdict.ok is good


def test_the_table_names_every_magic():
    assert {"ws_connect", "ws_send", "ws_cert", *OTHERS} == set(FLAGS)
