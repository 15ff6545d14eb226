"""What the package exports, and what a star import does not import."""

from __future__ import annotations

import builtins
import inspect
import pydoc
import re
from types import ModuleType

import kontena_ws_nb as kws
from kontena_ws_nb import errors
from kontena_ws_nb.tls import errors as tls_errors


def test_everything_listed_exists() -> None:
    assert list(kws.__all__) == sorted(set(kws.__all__), key=kws.__all__.index), "listed twice"
    for name in kws.__all__:
        assert getattr(kws, name) is not None


def test_a_star_import_shadows_no_builtin() -> None:
    namespace: dict[str, object] = {}
    exec("from kontena_ws_nb import *", namespace)
    shadowed = [
        name
        for name in vars(builtins)
        if name in namespace and name != "__builtins__" and namespace[name] is not vars(builtins)[name]
    ]
    assert [name for name in shadowed if not name.startswith("__")] == []


def test_the_gems_names_are_attributes() -> None:
    assert kws.TimeoutError is errors.TimeoutError
    assert kws.EOFError is errors.EOFError
    assert issubclass(kws.TimeoutError, builtins.TimeoutError)
    assert issubclass(kws.EOFError, builtins.EOFError)


def test_every_error_is_public() -> None:
    for module in (errors, tls_errors):
        for name, value in vars(module).items():
            if inspect.isclass(value) and issubclass(value, Exception) and value.__module__ == module.__name__:
                assert getattr(kws, name) is value
                assert (name in kws.__all__) is not hasattr(builtins, name)


def test_nothing_else_is_public() -> None:
    extras = {
        "TimeoutError",
        "EOFError",
        "load_ipython_extension",
        "unload_ipython_extension",
        "annotations",
        "TYPE_CHECKING",
    }
    public = {name for name, value in vars(kws).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert public - set(kws.__all__) <= extras


def test_tab_offers_what_is_public() -> None:
    names = [name for name in dir(kws) if not name.startswith("__")]
    assert set(names) == {*kws.__all__, "EOFError", "TimeoutError", "max_total_bytes"}
    assert "__version__" in dir(kws)


def test_the_first_screen_of_help_leads_on(demo: ModuleType) -> None:
    """``help(kws)`` begins with it, and ``kws?`` in a notebook shows nothing else."""
    assert kws.__doc__ is not None
    assert max(map(len, kws.__doc__.splitlines())) <= 150
    screen = pydoc.render_doc(kws, renderer=pydoc.plaintext).splitlines()[:40]
    _, _, described = "\n".join(screen).partition("DESCRIPTION\n")
    assert described.partition("PACKAGE CONTENTS")[0].split() == kws.__doc__.partition("\n")[2].split(), "all of it"
    for name in set(re.findall(r"\bkws\.(\w+)", kws.__doc__)):
        assert hasattr(kws, name), name
    with kws.connect(demo.url()) as ws:
        for name in set(re.findall(r"\bws\.(\w+)", kws.__doc__)):
            assert hasattr(kws.Session, name) or name in vars(ws), name
