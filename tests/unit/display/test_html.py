"""Escaping HTML, and building elements."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.display.html import Markup, displayed, escape, join, tag


class Reader(HTMLParser):
    """Collects what a parser sees."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data = ""

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((name, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.data += data


def test_escaping() -> None:
    assert escape("<a href=\"x\" b='y'>&") == "&lt;a href=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;"
    assert escape("\x1b\u202e") == r"\x1b\u202e"
    assert escape("a\n\tb") == "a\n\tb"
    assert escape("a\nb", multiline=False) == r"a\nb"
    assert escape(Markup("<b>")) == "<b>"
    assert isinstance(escape("x"), Markup)


def test_elements() -> None:
    assert tag(
        "p", "1 < 2", None, Markup("<i>x</i>"), class_="a", aria_label='"q"', hidden=True, title=None, draggable=False
    ) == ('<p class="a" aria-label="&quot;q&quot;" hidden>1 &lt; 2<i>x</i></p>')
    assert tag("br") == "<br>"
    assert tag("td") == "<td></td>"
    assert isinstance(tag("p"), Markup)
    assert join(["<", Markup("<b>")], " & ") == "&lt; &amp; <b>"
    assert join(str(n) for n in range(3)) == "012"


def test_what_joins_markup_and_text_is_text_again() -> None:
    assert tag("p", Markup("<b>") + "<i>") == "<p>&lt;b&gt;&lt;i&gt;</p>"


@pytest.mark.parametrize("name", ["p q", "P", "", "p>", "1"])
def test_names_are_names(name: str) -> None:
    with pytest.raises(ValueError, match="is not an element name"):
        tag(name)
    with pytest.raises(ValueError, match="is not an attribute name"):
        tag("p", **{name or "_": "x"})


def test_void_elements_are_empty() -> None:
    with pytest.raises(ValueError, match="<br> has no content"):
        tag("br", "x")


@pytest.mark.parametrize("attribute", ["onclick", "href", "src", "style", "action", "formaction", "srcdoc"])
def test_attributes_that_act_must_be_markup(attribute: str) -> None:
    with pytest.raises(ValueError, match="must be Markup, because it is code or a URL"):
        tag("a", **{attribute: "javascript:alert(1)"})
    assert tag("a", **{attribute: Markup("x")}) == f'<a {attribute}="x"></a>'


@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
def test_text_stays_text(content: str, label: str) -> None:
    reader = Reader()
    page = tag("p", content, title=label)
    page.encode()
    reader.feed(page)
    reader.close()
    assert [name for name, _ in reader.tags] == ["p"]
    assert reader.tags[0][1] == {"title": reader.tags[0][1]["title"]}


def test_what_a_cell_displays_holds_no_formulas() -> None:
    # JupyterLab 4 typeset "$.symbol=BTC-USD $.price" of a saved panel's filter as a formula.
    shown = displayed("$.a $.b", tag("p", "$.a $.b"))
    assert shown["text/plain"] == "$.a $.b"
    assert shown["text/html"] == '<div class="mathjax_ignore tex2jax_ignore"><p>$.a $.b</p></div>'
    assert type(shown["text/html"]) is str
