"""Loading and unloading, and the warnings about packages that will not work."""

from __future__ import annotations

import importlib.metadata
import sys
import warnings

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.magics import load
from kontena_ws_nb.magics.core import WebSocketMagics


def versions(monkeypatch, **installed):
    def version(name):
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_importing_the_package_does_not_import_the_magics():
    import subprocess

    code = "import sys, kontena_ws_nb; print([m for m in sys.modules if m.startswith(('IPython', 'ipywidgets', 'kontena_ws_nb.magics'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_loading_again_keeps_the_sessions(notebook, demo):
    notebook.run("%ws_connect -s feed demo;")
    notebook.run("%reload_ext kontena_ws_nb")
    assert notebook.run("%ws_send hi").text == "hi"
    kws.load_ipython_extension(notebook.shell)
    assert len([c for c in notebook.shell.configurables if isinstance(c, WebSocketMagics)]) == 1
    assert notebook.shell.input_transformers_cleanup.count(sys.modules["kontena_ws_nb.magics.load"].part_semicolon) == 1
    assert notebook.run("%ws_send hi").text == "hi"


def test_unloading_removes_everything_and_closes_what_magics_opened(notebook, demo):
    notebook.run("%ws_connect demo;")
    with kws.connect("demo", "by-python") as theirs:
        kws.unload_ipython_extension(notebook.shell)
        assert notebook.ns["ws"].closed
        assert not theirs.closed
    assert not [name for kind in ("line", "cell") for name in notebook.shell.magics_manager.magics[kind] if name.startswith("ws_")]
    kws.unload_ipython_extension(notebook.shell)
    assert not [c for c in notebook.shell.configurables if isinstance(c, WebSocketMagics)]


def test_known_bad_packages_are_named(monkeypatch, notebook):
    versions(monkeypatch, ipykernel="7.4.0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(notebook.shell)
    versions(monkeypatch, ipykernel="7.0.0", websocket="0.2.1")
    with pytest.warns(UserWarning) as caught:  # noqa: PT030 - the texts are compared below
        load(notebook.shell)
    assert [str(w.message).split(":")[0] for w in caught] == [
        "ipykernel 7.0.0 breaks widgets that update while a cell runs",
        "the package 'websocket' takes the import name of websocket-client",
    ]
