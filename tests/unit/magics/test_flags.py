"""The table of flags: every magic has an entry, and no two flags of a magic share a name."""

from __future__ import annotations

from kontena_ws_nb.magics.flags import FLAGS


def test_every_magic_has_its_flags(notebook) -> None:
    assert {name for name in notebook.shell.magics_manager.magics["line"] if name.startswith("ws_")} == set(FLAGS)


def test_names_are_used_once() -> None:
    for magic, flags in FLAGS.items():
        names = [name for flag in flags for name in flag.names]
        assert len(names) == len(set(names)), magic
        for flag in flags:
            assert flag.help, (magic, flag.names)
            assert all(name.startswith("-") for name in flag.names)


def test_certificates_take_the_flags_of_tls_only() -> None:
    taken = {flag.to for flag in FLAGS["ws_cert"]}
    assert {"ca_file", "ssl_hostname", "proxy"} <= taken
    assert not taken & {"headers", "cookies", "token", "auto_reconnect"}
