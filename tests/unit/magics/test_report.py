"""Short errors: which errors get them, and that nothing in them takes effect."""

from __future__ import annotations

import pickle

import pytest

from kontena_ws_nb.errors import ConnectError, ProtocolError
from kontena_ws_nb.magics.report import UsageError, paragraph, short_errors
from kontena_ws_nb.tls.errors import SSLVerifyError


def test_errors_of_use_and_network_render_themselves():
    for error in (UsageError("so not"), ConnectError("no", url="ws://h/"), ValueError("bad")):
        with pytest.raises(type(error)) as caught, short_errors():
            raise error
        lines = caught.value._render_traceback_()
        more = " (%ws_help connect)" if isinstance(error, ConnectError) else ""
        assert lines == [f"{type(error).__name__}: {error}{more}"]
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(error)
    with pytest.raises(UsageError) as again, short_errors(), short_errors():
        raise UsageError("once")
    assert again.value._render_traceback_() == ["UsageError: once"]


def test_an_interrupt_says_what_became_of_the_sessions():
    with pytest.raises(KeyboardInterrupt) as caught, short_errors():
        raise KeyboardInterrupt
    assert caught.value._render_traceback_() == [
        "KeyboardInterrupt: the magic was interrupted; open sessions stay open, %ws_list shows them"
    ]


def test_defects_do_not():
    with pytest.raises(KeyError) as caught, short_errors():
        raise KeyError("ours")
    assert not hasattr(caught.value, "_render_traceback_")


def test_a_refused_certificate_says_what_to_type():
    text = paragraph(SSLVerifyError("refused", verify_code=18, reason="self-signed certificate"))
    assert text == (
        "SSLVerifyError: refused; %ws_cert shows the certificate, %ws_connect --pin PIN trusts exactly this key, "
        "%ws_connect -k connects without the check (%ws_help certificate-18)"
    )


def test_bodies_are_shown_bounded_and_harmless():
    body = b"<h1>\x1b[31mno\n" + b"x" * 2000
    text = paragraph(ProtocolError("the server answered 404", body=body))
    first, *rest = text.split("\n")
    assert first == "ProtocolError: the server answered 404 (%ws_help protocol)"
    assert rest[0].startswith("  <h1>\N{REPLACEMENT CHARACTER}[31mno xxx")
    coded = ProtocolError("answered (1 bytes in the coding br, which cannot be undone here)", body=b"\x01")
    assert "\n" not in paragraph(coded)
    assert len(text) < 700
    assert (
        paragraph(ProtocolError("answered 404: not here", body=b"not here\n"))
        == "ProtocolError: answered 404: not here (%ws_help protocol)"
    )


def test_hostile_texts_are_shown_not_obeyed():
    assert paragraph(UsageError("a\x1b[2Jb\u202ec")) == "UsageError: a\\x1b[2Jb\\u202ec"


def test_files_that_people_name_render_themselves(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, short_errors():
        (tmp_path / "nothing.har").open()
    assert caught.value._render_traceback_()[0].startswith("FileNotFoundError: [Errno 2]")
    with pytest.raises(OSError, match="by hand") as caught, short_errors():
        raise OSError("by hand")
    assert not hasattr(caught.value, "_render_traceback_")
