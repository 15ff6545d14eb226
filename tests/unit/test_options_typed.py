"""The types of the options."""

from __future__ import annotations

from dataclasses import fields

from kontena_ws_nb.options import _CONVERT, OptionArguments, Options


def test_every_option_is_known_to_type_checkers_in_the_order_of_the_table() -> None:
    # `on_open` gets a session, which `options` does not know: `connect` adds it.
    assert list(OptionArguments.__annotations__) == [field.name for field in fields(Options) if field.name != "on_open"]


def test_every_option_that_may_be_none_or_is_chosen_from_few_is_typed_so() -> None:
    """Where `Options.of` converts nothing, both say the same."""
    typed = {name: hint.__forward_arg__ for name, hint in OptionArguments.__annotations__.items()}
    for field in fields(Options):
        if field.name in typed.keys() - _CONVERT.keys():
            assert typed[field.name] == field.type, field.name
