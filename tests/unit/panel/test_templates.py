"""Messages with {{expression}}: filled in within bounds, shown before they are sent."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.conversation.template import TemplateError
from kontena_ws_nb.feed.comm_messages import RequestError
from kontena_ws_nb.panel import templates as module
from kontena_ws_nb.panel.drafts import Drafts
from kontena_ws_nb.panel.templates import KEPT, LONGEST, SHOWN, Templates
from tests.lab.waiting import wait_for

HELD = threading.Lock()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The notebook's variables."""
    names: dict[str, object] = {"x": 5, "name": 'A "B"', "time": time, "held": HELD}
    monkeypatch.setattr(module, "get_ipython", lambda: SimpleNamespace(user_ns=names))
    return names


@pytest.fixture
def templates(names: dict[str, object]) -> Iterator[Templates]:
    templates = Templates(Drafts())
    yield templates
    wait_for(
        lambda: not any(thread.name == "kontena-ws-template" for thread in threading.enumerate()),
        what="an expression goes on",
    )


@pytest.mark.parametrize(
    ("mode", "text", "filled"),
    [
        ("Text", "{{x}} {x} {{'a' * 3}}", "5 {x} aaa"),
        ("JSON", '{"n": {{x}}, "s": {{name}}}', '{"n": 5, "s": "A \\"B\\""}'),
        ("Hex", "00 {{'ff' * 2}}", b"\x00\xff\xff"),
        ("Base64", "{{'AAE='}}", b"\x00\x01"),
        ("Text", '{{"{{"}}', "{{"),
    ],
)
def test_a_message_is_filled_in_as_it_is_written(
    templates: Templates, mode: str, text: str, filled: str | bytes
) -> None:
    assert templates.fill(mode, text) == filled


@pytest.mark.parametrize(
    ("mode", "text", "message"),
    [
        ("Text", "ab {{nobody}}", "{{nobody}}: NameError: name 'nobody' is not defined"),
        ("Text", "{{x", "this {{ is not closed by }}; switch {{…}} off to send braces as they are"),
        ("Text", "{{exec('raise OSError(chr(10).join(\"ab\"))')}}", "OSError: a b"),
        ("JSON", "{{ {1} }}", "cannot be written as JSON"),
        ("JSON", "[1,\n{{x}} 6]", "filled in, line 2, column 3: not JSON: Expecting ',' delimiter"),
        ("Hex", "{{'zz'}}", "filled in, line 1, column 1: not hexadecimal"),
        ("Text", "{{exit_()}}", "an expression raised SystemExit; nothing was sent"),
        ("File", "", "a message is written as Text, JSON, Hex, Base64"),
        ("Text", "{{'a' * (LONGEST + 1)}}", "filled in it has 16,777,217 characters; at most 16,777,216 are sent"),
    ],
)
def test_what_cannot_be_filled_in_says_why_in_one_line(
    templates: Templates, names: dict[str, object], mode: str, text: str, message: str
) -> None:
    names.update(LONGEST=LONGEST, exit_=sys.exit)
    with pytest.raises((TemplateError, RequestError)) as caught:
        templates.fill(mode, text)
    said = getattr(caught.value, "message", str(caught.value))
    assert message in said
    assert "\n" not in said


def test_an_expression_that_takes_too_long_is_stopped(names: dict[str, object]) -> None:
    templates = Templates(Drafts(), seconds=0.05)
    with pytest.raises(RequestError, match=r"took longer than 0\.05 s and were stopped"):
        templates.fill("Text", "{{[0 for n in iter(int, 1)]}}")
    wait_for(lambda: templates_free(templates), what="the expression goes on")


def templates_free(templates: Templates) -> bool:
    try:
        return templates.fill("Text", "{{x}}") == "5"
    except RequestError:
        return False


def test_what_cannot_be_stopped_lets_no_other_in(names: dict[str, object]) -> None:
    templates = Templates(Drafts(), seconds=0.05)
    with HELD:  # waits in C
        with pytest.raises(RequestError, match="took longer"):
            templates.fill("Text", "{{held.acquire() and held.release()}}")
        with pytest.raises(RequestError, match="another expression is still being evaluated"):
            templates.fill("Text", "{{x}}")
    wait_for(lambda: templates_free(templates), what="the expression goes on")


def test_one_that_ends_just_then_is_not_stopped(names: dict[str, object]) -> None:
    task: module._Task[int] = module._Task(lambda: 7, lambda: None)
    thread = threading.Thread(target=task.run)
    thread.start()
    thread.join()
    task.stop(thread)
    assert task.value == 7


def test_without_a_thread_the_next_one_gets_its_turn(templates: Templates, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_arguments: object) -> None:
        raise kws.Error("no threads")

    with monkeypatch.context() as patched:
        patched.setattr(module, "start_thread", none)
        with pytest.raises(kws.Error, match="no threads"):
            templates.fill("Text", "{{x}}")
    assert templates.fill("Text", "{{x}}") == "5"


def test_without_a_notebook_the_main_modules_variables_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "get_ipython", lambda: None)
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(y=6))  # type: ignore[arg-type]
    assert Templates(Drafts()).fill("Text", "{{y}}") == "6"


def test_what_was_shown_is_sent_once_and_evaluated_once(templates: Templates, names: dict[str, object]) -> None:
    names["counter"] = iter(range(10))
    name, shown = templates.show("Text", "n{{next(counter)}}é")
    assert shown == {"kind": "text", "size": 4, "text": "n0é"}
    assert templates.take(name) == "n0é"
    with pytest.raises(RequestError, match="fill it in again"):
        templates.take(name)
    assert templates.fill("Text", "{{next(counter)}}") == "1"
    first, *_, last = [templates.show("Text", str(number))[0] for number in range(KEPT + 1)]
    assert templates.take(last) == str(KEPT)
    with pytest.raises(RequestError):
        templates.take(first)


def test_what_is_shown_is_masked_and_cut(templates: Templates, names: dict[str, object]) -> None:
    names["token"] = kws.secret("hunter2hunter2")
    assert templates.show("Text", "{{token}}!")[1]["text"] == "***!"
    names["long"] = "a" * (SHOWN - 3) + "hunter2hunter2" + "a" * SHOWN
    assert templates.show("Text", "{{long}}")[1]["text"] == "a" * (SHOWN - 3) + "***…"
    assert templates.show("Hex", "{{token.encode().hex()}}00")[1] == {
        "kind": "binary",
        "size": 15,
        "text": "2a 2a 2a 00",
    }
    with pytest.raises(TemplateError) as caught:
        templates.fill("Text", "{{int(token)}}")
    assert "hunter2" not in caught.value.message


def test_names_of_secrets_are_put_back_in_text_and_expressions_not_in_values(names: dict[str, object]) -> None:
    drafts = Drafts()
    kws.secret("hunter2hunter2")
    name = drafts.named("hunter2hunter2")
    names["said"] = "«secret 00000000»"  # by a server, say
    assert Templates(drafts).fill("Text", f"{name} {{{{'{name}'.upper()}}}} {{{{said}}}}") == (
        "hunter2hunter2 HUNTER2HUNTER2 «secret 00000000»"
    )
