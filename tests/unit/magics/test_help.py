"""The texts of %ws_help and ?, and the table of sessions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kontena_ws_nb.decoders import registry
from kontena_ws_nb.log.filter.grammar import FORMS
from kontena_ws_nb.magics.flags import FLAGS
from kontena_ws_nb.magics.help import DECODERS, SessionList, decoders, document, filters, page, screen


def test_the_screen_has_every_magic_and_leads_to_the_filters() -> None:
    said = screen()
    for magic in FLAGS:
        assert f"%{magic}" in said
    assert "%ws_help filter" in said
    assert FORMS["dir:"] in said
    assert "%ws_help errors" in said
    assert max(map(len, said.split("\n"))) <= 150
    assert len(said.split("\n")) <= 30, "one screen"


def test_the_filters_have_every_form_once() -> None:
    said = filters()
    for form, meaning in FORMS.items():
        assert f"  {form:<18}{meaning}\n" in said
    assert max(map(len, said.split("\n"))) <= 150


def test_every_decoder_is_told_of() -> None:
    built_in = {name for name, kind in registry.DECODERS.items() if kind.__module__.startswith("kontena_ws_nb.")}
    assert {*DECODERS} - {"raw"} == built_in - {
        name for name in built_in if registry.DECODERS[name].__name__ == "FunctionDecoder"
    }
    said = decoders()
    assert "  mqtt          MQTT 3.1.1 and 5\n" in said
    assert max(map(len, said.split("\n"))) <= 150


def test_a_docstring_gets_its_options() -> None:
    flag: Any = SimpleNamespace(synopsis="-n N", help="how many", many=False)
    many: Any = SimpleNamespace(synopsis="-H LINE", help="a header", many=True)
    said = document("Do it.", [flag, many], "before the text")
    assert said.startswith("Do it.\n\nOptions, before the text:\n")
    assert said.endswith("a header (may be repeated)\n")
    assert document("Do it.", [], "") == "Do it.\n"


def test_the_list_of_sessions_is_a_sequence_and_a_table() -> None:
    none = SessionList([], None)
    assert (len(none), repr(none), none[:]) == (0, "[]", [])
    assert "No sessions" in none._repr_mimebundle_()["text/plain"]
    one: Any = object()
    assert SessionList([one], None)[0] is one


def test_a_page_keeps_columns_and_blank_lines() -> None:
    shown = page("head <b>\n\n  %ws_send x    says it\n    behind it\n  " + "%" * 30 + "  far")
    assert shown["text/plain"].count("\n") == 4
    html = shown["text/html"]
    assert "&lt;b&gt;" in html
    assert "padding-left:16ch;text-indent:-16ch" in html, "as far as the second column"
    assert "padding-left:4ch;text-indent:-4ch" in html
    assert "padding-left:20ch;text-indent:-20ch" in html, "no further than this"
