"""Every setting from each of its sources, in a real IPython process; and errors about invalid ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets import TraitError

from kontena_ws_nb.magics.core import WebSocketMagics
from kontena_ws_nb.magics.report import UsageError

ROOT = Path(__file__).parents[3]
SHOW = "m = get_ipython().magics_manager.registry['WebSocketMagics']; print([m.panel, m.connect_timeout, m.timeout, m.rows])"


def ipython(folder, code, arguments=(), environ=None, config=""):
    """Run cells in a process of their own; give what it printed, and what it complained of."""
    (folder / "profile_default").mkdir()
    (folder / "profile_default" / "ipython_config.py").write_text(f"c = get_config()\n{config}\n")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("KONTENA_WS_")}
    surroundings |= {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder), **(environ or {})}
    command = [
        sys.executable,
        "-m",
        "IPython",
        "--colors=nocolor",
        "--HistoryManager.enabled=False",
        *arguments,
        "-c",
        code,
    ]
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    return done.stdout, done.stderr, done.returncode


@pytest.mark.parametrize(
    ("code", "arguments", "environ", "config", "values"),
    [
        ("", (), {}, "", "[False, 10.0, 10.0, 20]"),
        (
            "%config WebSocketMagics.panel = True\n%config WebSocketMagics.timeout = None\n",
            (),
            {},
            "",
            "[True, 10.0, None, 20]",
        ),
        (
            "",
            (),
            {},
            "c.WebSocketMagics.panel = True\nc.WebSocketMagics.connect_timeout = 1\nc.WebSocketMagics.timeout = 2.5\nc.WebSocketMagics.rows = 7",
            "[True, 1.0, 2.5, 7]",
        ),
        (
            "",
            (),
            {
                "KONTENA_WS_PANEL": "on",
                "KONTENA_WS_CONNECT_TIMEOUT": "1",
                "KONTENA_WS_TIMEOUT": "250ms",
                "KONTENA_WS_ROWS": "5",
            },
            "",
            "[True, 1.0, 0.25, 5]",
        ),
        (
            "",
            ("--WebSocketMagics.rows=9",),
            {"KONTENA_WS_ROWS": "5", "KONTENA_WS_PANEL": ""},
            "",
            "[False, 10.0, 10.0, 9]",
        ),
    ],
    ids=["defaults", "config-magic", "ipython_config.py", "environment", "command-line"],
)
def test_where_settings_come_from(tmp_path, code, arguments, environ, config, values):
    said, complaints, status = ipython(tmp_path, f"%load_ext kontena_ws_nb\n{code}{SHOW}", arguments, environ, config)
    assert (said.strip(), complaints, status) == (values, "", 0)


@pytest.mark.parametrize(
    ("code", "environ", "config", "problem"),
    [
        (
            "",
            {"KONTENA_WS_TIMEOUT": "soon"},
            "",
            "UsageError: KONTENA_WS_TIMEOUT: expected seconds such as 5 or 0.5, got 'soon'; correct it, or leave it empty\n",
        ),
        (
            "",
            {},
            "c.WebSocketMagics.rows = 0",
            "UsageError: IPython's configuration (ipython_config.py or the command line): WebSocketMagics.rows: expected 1 to 1,000 rows, got 0\n",
        ),
        (
            "",
            {},
            "c.WebSocketMagics.panel = 'big'",
            "UsageError: IPython's configuration (ipython_config.py or the command line): The 'panel' trait of a WebSocketMagics instance expected a boolean",
        ),
        (
            "%config WebSocketMagics.timeout = -1",
            {},
            "",
            "WebSocketMagics.timeout: expected more than 0 seconds, got -1; None waits for ever\n",
        ),
        ("%config WebSocketMagics.timout = 1", {}, "", "Did you mean `timeout`?"),
    ],
    ids=["environment", "ipython_config.py", "type", "config-magic", "name"],
)
def test_a_bad_setting_is_told_at_once(tmp_path, code, environ, config, problem):
    said, complaints, _ = ipython(tmp_path, f"%load_ext kontena_ws_nb\n{code}", (), environ, config)
    assert problem in said + complaints
    assert "Traceback" not in said + complaints


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "PANEL",
            "maybe",
            "KONTENA_WS_PANEL: expected 1 or 0 (also on, off, yes, no, true, false), got 'maybe'; correct it, or leave it empty",
        ),
        ("ROWS", "1001", "KONTENA_WS_ROWS: expected 1 to 1,000 rows, got 1001; correct it, or leave it empty"),
        ("ROWS", "many", "KONTENA_WS_ROWS: expected a whole number, got 'many'; correct it, or leave it empty"),
        (
            "CONNECT_TIMEOUT",
            "0",
            "KONTENA_WS_CONNECT_TIMEOUT: expected more than 0 seconds, got 0; None waits for ever; correct it, or leave it empty",
        ),
    ],
)
def test_bad_variables_of_the_environment(notebook, monkeypatch, name, text, problem):
    notebook.run("%unload_ext kontena_ws_nb")
    monkeypatch.setenv(f"KONTENA_WS_{name}", text)
    with pytest.raises(UsageError) as caught:
        notebook.shell.extension_manager.load_extension("kontena_ws_nb")
    assert str(caught.value) == problem
    assert not [c for c in notebook.shell.configurables if isinstance(c, WebSocketMagics)]
    monkeypatch.undo()
    notebook.run("%load_ext kontena_ws_nb")  # corrected, it loads
    assert notebook.magics.rows == 20


def test_assigned_values_are_checked(notebook):
    for name in ("timeout", "connect_timeout", "rows"):
        with pytest.raises(TraitError, match=f"WebSocketMagics.{name}: expected"):
            setattr(notebook.magics, name, -1)
    notebook.magics.timeout = None
    with pytest.raises(TraitError, match="expected more than 0 seconds, got inf"):
        notebook.magics.timeout = float("inf")


def test_the_timeouts_reach_the_waits(notebook, demo):
    notebook.run("%config WebSocketMagics.connect_timeout = 3")
    notebook.run("%config WebSocketMagics.timeout = 0.05")
    session = notebook.run("%ws_connect demo/silent;")
    assert (session.options.connect_timeout, session.options.open_timeout) == (3.0, 3.0)
    for line in ("%ws_expect x", "%ws_send --expect x x"):
        with pytest.raises(TimeoutError, match=r"within 0\.05 s"):
            notebook.run(line)
