"""Loading, reloading and unloading in this process; warnings about packages in processes of their own."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from IPython.core.magic import Magics, line_magic, magics_class

import kontena_ws_nb as kws
from kontena_ws_nb.demo import running, stop
from kontena_ws_nb.magics import load
from kontena_ws_nb.magics.core import WebSocketMagics
from kontena_ws_nb.magics.flags import FLAGS
from kontena_ws_nb.magics.load import problems, separate_semicolon

ROOT = Path(__file__).parents[3]


def ours(shell):
    """What of us a shell holds."""
    tables = shell.magics_manager.magics.items()
    return [
        *[f"{kind} {name}" for kind, table in tables for name in table if name.startswith("ws_")],
        *[c for c in shell.configurables if isinstance(c, WebSocketMagics)],
        *[t for t in shell.input_transformers_cleanup if t is separate_semicolon],
        *shell.Completer.custom_matchers,
    ]


def test_importing_the_package_does_not_import_the_magics():
    code = "import sys, kontena_ws_nb; print([m for m in sys.modules if m.startswith(('IPython', 'ipywidgets', 'kontena_ws_nb.magics'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_loading_again_keeps_the_sessions(notebook, demo, capsys):
    notebook.run("%ws_connect -s feed demo;")
    before = len(ours(notebook.shell))
    notebook.run("%load_ext kontena_ws_nb")
    assert "already loaded" in capsys.readouterr().out
    load(notebook.shell)
    assert len(ours(notebook.shell)) == before
    assert notebook.run("%ws_send hi").text == "hi"


def test_unloading_removes_everything_and_closes_what_magics_opened(notebook, demo):
    notebook.run("%config WebSocketMagics.rows = 1")
    notebook.run("%ws_connect demo;")
    notebook.run("%ws_send hi")
    with kws.connect("demo", "by-python") as theirs:
        notebook.run("%unload_ext kontena_ws_nb")
        assert ours(notebook.shell) == []
        assert notebook.ns["ws"].closed
        assert notebook.ns["ws"].close_code == 1000
        assert not theirs.closed
    assert (
        "the last" not in notebook.ns["ws"].messages._repr_mimebundle_()["text/plain"]
    )  # the variable keeps its log, tables their size
    kws.unload_ipython_extension(notebook.shell)  # twice is once
    notebook.run("%load_ext kontena_ws_nb")
    assert notebook.run("%ws_messages -s ws kind:text dir:sent")[0].text == "hi"
    notebook.run("%ws_connect demo;")
    assert notebook.ns["ws"].previous is not None


def test_reloading_closes_and_works_again(notebook, demo):
    first = notebook.run("%ws_connect demo")
    notebook.run("%reload_ext kontena_ws_nb")
    assert first.closed
    assert notebook.run("%ws_connect demo").previous is first


def test_a_demo_server_that_a_magic_started_ends_with_the_magics(notebook, monkeypatch):
    monkeypatch.setattr("kontena_ws_nb.demo._server", None)  # the one that the tests share goes on, out of sight
    notebook.run("%ws_connect demo;")
    theirs = kws.connect("demo", "by-python")
    kws.unload_ipython_extension(notebook.shell)
    assert running()  # somebody else is on it
    theirs.close()
    notebook.run("%reload_ext kontena_ws_nb")
    notebook.run("%ws_connect demo;")
    kws.unload_ipython_extension(notebook.shell)
    assert running()  # this time it ran already
    stop()
    notebook.run("%reload_ext kontena_ws_nb")
    notebook.run("%ws_connect demo;")
    load(notebook.shell)
    kws.unload_ipython_extension(notebook.shell)
    assert not running()


def test_magics_of_another_extension_are_named_and_given_back(notebook):
    @magics_class
    class Theirs(Magics):
        @line_magic
        def ws_send(self, line):
            return "theirs"

        @line_magic
        def ws_subscribe(self, line):
            return "theirs too"

    kws.unload_ipython_extension(notebook.shell)
    notebook.shell.register_magics(Theirs)
    with pytest.warns(
        UserWarning,
        match="^replaces magics of another extension: %ws_send; %unload_ext kontena_ws_nb restores them$",
    ):
        load(notebook.shell)
    assert notebook.run("%ws_subscribe") == "theirs too"
    with pytest.raises(ValueError, match="no session is open"):
        notebook.run("%ws_send hi")
    kws.unload_ipython_extension(notebook.shell)
    assert notebook.run("%ws_send hi") == "theirs"
    assert set(ours(notebook.shell)) == {"line ws_send", "line ws_subscribe"}
    for name in ("ws_send", "ws_subscribe"):
        del notebook.shell.magics_manager.magics["line"][name]


def versions(monkeypatch, **installed):
    def version(name):
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_a_good_machine_has_no_problems(notebook):
    assert problems() == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(notebook.shell)


def test_ipykernel_7_0_0_is_named(monkeypatch, notebook):
    versions(monkeypatch, ipykernel="7.0.0")
    with pytest.warns(
        UserWarning,
        match="^ipykernel 7.0.0 breaks widgets that update while a cell runs: %pip install 'ipykernel!=7.0.0', then restart",
    ):
        load(notebook.shell)


def test_a_missing_websocket_client_is_named(monkeypatch):
    def distribution(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", distribution)
    assert problems() == ["websocket-client is not installed: %pip install websocket-client, then restart the kernel"]


@pytest.mark.parametrize("case", ["file", "package"])
def test_the_wrong_websocket_is_named(case, tmp_path):
    if case == "file":  # beside the notebook
        (tmp_path / "websocket.py").write_text("def hello(): pass\n")
        wanted = f"import websocket finds {tmp_path / 'websocket.py'} instead of websocket-client, which is needed: rename or move that file"
    else:  # PyPI has one of that name
        (tmp_path / "websocket").mkdir()
        (tmp_path / "websocket" / "__init__.py").write_text("class WebSocketServer: pass\n")
        (tmp_path / "websocket-0.2.1.dist-info").mkdir()
        (tmp_path / "websocket-0.2.1.dist-info" / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: websocket\nVersion: 0.2.1\n"
        )
        wanted = "the package 'websocket' has the same import name as websocket-client, which is needed: %pip uninstall -y websocket, then %pip install"
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    command = [sys.executable, "-m", "IPython", "--colors=nocolor", "-c", "%load_ext kontena_ws_nb\n%ws_help"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert wanted in done.stderr
    assert done.stderr.count("UserWarning") == 1
    assert "%ws_connect" in done.stdout


def test_every_magic_is_registered(notebook):
    tables = notebook.shell.magics_manager.magics
    assert {name for name in tables["line"] if name.startswith("ws_")} == set(FLAGS)
    assert {name for name in tables["cell"] if name.startswith("ws_")} == {"ws_connect", "ws_send"}
