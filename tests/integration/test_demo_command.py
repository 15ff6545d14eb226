"""``kontena-ws demo`` as a process: a real JupyterLab with the notebooks, stopped with Ctrl+C, leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tests.lab.command import PROGRAM

ROOT = Path(__file__).resolve().parents[2]


def test_it_opens_the_start_page_serves_the_notebooks_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    command = [*PROGRAM, "demo", str(tmp_path), "--no-browser"]
    environ = dict(os.environ, HOME=str(tmp_path / "home"), PYTHONPATH=os.getcwd())
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, start_new_session=True) as process:
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+\S+", said)):
            line = process.stdout.readline()
            assert line, f"it ended: {said}"
            said += line
        parts = urlsplit(found.group())
        request = urllib.request.Request(f"http://{parts.netloc}/api/contents/01_quickstart.ipynb?{parts.query}")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as response:
            notebook = json.loads(response.read())
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 0
    assert notebook["content"]["cells"][1]["source"] == "%load_ext kontena_ws_nb"
    assert f"your notebook is kept in {tmp_path}" in rest
    assert (tmp_path / "01_quickstart.ipynb").exists()
    assert parts.path == "/lab/tree/start.ipynb"
    linked = re.findall(
        r"\]\(([^)]+)\)", "".join(json.loads((tmp_path / "start.ipynb").read_text())["cells"][0]["source"])
    )
    assert linked == [path.name for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    assert all((tmp_path / name).exists() for name in linked)
