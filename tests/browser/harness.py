"""A real JupyterLab, Notebook 7, nbclassic, Voilà or marimo and a real Chromium, on loopback, for one test run.

    with Server("lab") as server, Browser() as browser:
        page = NotebookPage(browser, server, ["1 + 1"])
        page.run(0)

What lives here: starting, stopping and driving them. What must not: anything about the panel. Called from the test's
own thread. Everything is thrown away afterwards: the server's home, its settings, the notebooks.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import ConsoleMessage, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.lab import peers

REPOSITORY = Path(__file__).parents[2]
START_SECONDS = 90
OPEN_MS = 90_000

#: No popups, no news, no autosave: nothing that moves by itself.
_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}

#: What JupyterLab says to itself, now and then, when a kernel dies.
_NOT_OURS = ("Could not restore the debugger state",)

#: What Voilà's own template asks the network for; there is none here.
_VOILA_FONT = "https://cdn.jsdelivr.net/npm/@fortawesome/"

#: A background tab must measure like one in front, and nothing may leave the machine.
_CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--enable-precise-memory-info",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

#: Counts what the kernel's channel carries, and frames and long tasks between start and stop.
_METERS = r"""
(() => {
  const wire = (window.__wire = { bytes: 0, messages: 0, sent: 0 });
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...args) {
      super(...args);
      if (/\/channels/.test(String(args[0])))
        this.addEventListener("message", (event) => {
          wire.bytes += event.data.byteLength ?? event.data.size ?? event.data.length;
          wire.messages += 1;
        });
    }
    send(data) {
      wire.sent += 1;
      return super.send(data);
    }
  };
  const meter = (window.__meter = { on: false, frames: [], long: [], last: 0, began: 0 });
  new PerformanceObserver((list) => {
    if (meter.on) for (const entry of list.getEntries()) meter.long.push(entry.duration);
  }).observe({ entryTypes: ["longtask"] });
  const frame = (now) => {
    if (meter.on) {
      if (meter.last) meter.frames.push(now - meter.last);
      meter.last = now;
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.__meterStart = () => {
    Object.assign(meter, { on: true, frames: [], long: [], last: 0, began: performance.now() });
    Object.assign(wire, { bytes: 0, messages: 0, sent: 0 });
  };
  window.__meterStop = () => {
    meter.on = false;
    const seconds = (performance.now() - meter.began) / 1000;
    const frames = [...meter.frames].sort((a, b) => a - b);
    return {
      seconds,
      fps: frames.length / seconds,
      frame_p99: frames[Math.floor(frames.length * 0.99)] ?? 0,
      long_tasks: meter.long.length,
      long_ms: meter.long.reduce((a, b) => a + b, 0),
      mb_per_s: wire.bytes / seconds / 1e6,
      messages_per_s: wire.messages / seconds,
      heap_mb: performance.memory ? performance.memory.usedJSHeapSize / 1e6 : null,
    };
  };
})();
"""


def chromium() -> str:
    """Find a Chromium: the environment's, the machine's, or Playwright's own (empty string)."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    return ""


def keep(picture: Callable[[], bytes], name: str) -> None:
    """Keep a screenshot for whoever looks: only where KONTENA_WS_SHOTS names a folder."""
    folder = os.environ.get("KONTENA_WS_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        # Not Playwright's path=: it would write in a thread of its own, which stays.
        (Path(folder) / f"{name}.png").write_bytes(picture())


class Server:
    """A Jupyter server, or marimo's, with a home of its own.

    Parameters
    ----------
    kind : {"lab", "collaboration", "notebook", "nbclassic", "voila", "marimo"}
        Which front end; collaboration is JupyterLab with a notebook that its readers edit together.
    dark : bool
        Whether it uses the dark theme.
    subshells : bool
        Whether the page may talk to a running kernel's subshells; only JupyterLab and Notebook 7 do.
    """

    def __init__(self, kind: str = "lab", dark: bool = False, subshells: bool = True) -> None:
        self.kind = kind
        self.dark = dark
        self.token = secrets.token_hex(16)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = dict(_SETTINGS)
        if dark:
            self.settings["@jupyterlab/apputils-extension:themes"] = {"theme": "JupyterLab Dark"}
        if not subshells:
            self.settings["@jupyterlab/apputils-extension:kernels-settings"] = {"commsOverSubshells": "disabled"}

    def __enter__(self) -> Server:
        self.home = Path(tempfile.mkdtemp(prefix="kws-browser-"))
        self.root = self.home / "root"
        for name in ("root", "config", "data", "runtime", "settings", "workspaces", "ipython"):
            (self.home / name).mkdir()
        for key, value in self.settings.items():
            package, plugin = key.rsplit(":", 1)
            path = self.home / "settings" / package / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value))
        path = os.pathsep.join(p for p in (str(REPOSITORY), os.environ.get("PYTHONPATH", "")) if p)
        env = {
            **os.environ,
            "HOME": str(self.home),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.home / "workspaces"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        make = {"voila": self._voila, "marimo": self._marimo}.get(self.kind, self._jupyter)
        python = sys.executable
        if self.kind == "collaboration":
            python = str(peers.COLLABORATION.python)
            share = Path(sys.prefix) / "share" / "jupyter"
            env |= {"JUPYTER_PATH": str(share), "JUPYTERLAB_DIR": str(share / "lab")}
        command = [python, "-m", *make()]
        self._log = (self.home / "server.log").open("wb")
        self._process = subprocess.Popen(
            command, env=env, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                urllib.request.urlopen(self._probe, timeout=2).read()
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    text = self.log()
                    self.__exit__()
                    raise RuntimeError(f"the server did not start:\n{text[-3000:]}") from None
                time.sleep(0.1)  # a server that starts offers nothing to wait on

    def _jupyter(self) -> list[str]:
        self._probe = f"{self.url}/api/status?token={self.token}"
        return [
            "jupyterlab" if self.kind in {"lab", "collaboration"} else self.kind,
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.allow_root=True",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}",
            "--KernelManager.shutdown_wait_time=1",
            # What is edited together: by default in the folder where the tests were started.
            *([f"--SQLiteYStore.db_path={self.home / 'ystore.db'}"] if self.kind == "collaboration" else []),
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.news_url=",
            "--LabApp.extension_manager=readonly",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]

    def _voila(self) -> list[str]:
        self._probe = f"{self.url}/?token={self.token}"  # the list of notebooks: runs nothing
        theme = "dark" if self.dark else "light"
        return [
            "voila",
            str(self.root),
            "--no-browser",
            "--Voila.ip=127.0.0.1",
            f"--port={self.port}",
            f"--token={self.token}",
            f"--theme={theme}",
            # They need more of JupyterLab than Voilà has, and say so in the console: Notebook 7's own, and jupytext's, which
            # comes with the documentation's tools.
            "--VoilaConfiguration.extension_denylist=@jupyter-notebook/lab-extension",
            "--VoilaConfiguration.extension_denylist=jupyterlab-jupytext",
            "--MultiKernelManager.shutdown_wait_time=1",
        ]

    def _marimo(self) -> list[str]:
        self._probe = f"{self.url}/health"
        config = self.home / "config" / "marimo"
        config.mkdir()
        theme = "dark" if self.dark else "light"
        (config / "marimo.toml").write_text(
            f'[display]\ntheme = "{theme}"\n[runtime]\nauto_instantiate = true\n[save]\nautosave = "off"\n'
        )
        return [
            "marimo",
            "--yes",
            "edit",
            str(self.root),
            "--headless",
            "--skip-update-check",
            "--host=127.0.0.1",
            f"--port={self.port}",
            f"--token-password={self.token}",
        ]

    def __exit__(self, *exc: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            # jupyter-collaboration 5.0 waits for its rooms.
            self._process.wait(2 if self.kind == "collaboration" else 15)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # kernels that outlived it
        self._process.wait()
        self._log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def log(self) -> str:
        """What the server wrote."""
        return (self.home / "server.log").read_text(errors="replace")


class Browser:
    """A headless Chromium."""

    def __enter__(self) -> Browser:
        self._playwright = sync_playwright().start()
        path = chromium()
        self._browser = self._playwright.chromium.launch(
            headless=True, args=list(_CHROMIUM), **({"executable_path": path} if path else {})
        )
        return self

    def __exit__(self, *exc: object) -> None:
        self._browser.close()
        self._playwright.stop()

    def page(self, width: int = 1400, height: int = 1000, scale: float = 1) -> Page:
        """Open an empty page with the meters in it."""
        context = self._browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.add_init_script(_METERS)
        return context.new_page()


class FrontEnd:
    """A page with a notebook in it, and what its console says.

    Parameters
    ----------
    browser, server
        Both entered.
    cells : sequence of str
        Code cells.
    name : str
        File name without suffix; one a page.
    """

    def __init__(
        self, browser: Browser, server: Server, cells: Sequence[str], name: str = "panel", **page: Any
    ) -> None:
        self.path = self._write(server.root / name, cells)
        self.server = server
        self.page = browser.page(**page)
        self.console: list[str] = []
        #: Addresses that were asked for and are not the server's.
        self.foreign: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._thrown(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda socket: self._asked(socket.url))

    def _write(self, path: Path, cells: Sequence[str]) -> Path:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        path = path.with_suffix(".ipynb")
        nbformat.write(notebook, path)
        return path

    def _asked(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        if scheme in {"http", "https", "ws", "wss"} and not rest.startswith(f"127.0.0.1:{self.server.port}/"):
            self.foreign.append(url)

    def _thrown(self, error: str) -> None:
        self.console.append(f"pageerror: {error}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_NOT_OURS):
            self.console.append(f"{message.text} ({message.location.get('url', '')})")

    def close(self) -> None:
        """Close the page."""
        self.page.context.close()

    def wait(self, script: str, timeout: float = 20_000, arg: object = None) -> None:
        """Wait until a JavaScript function answers something true."""
        self.page.wait_for_function(script, timeout=timeout, arg=arg)


class VoilaPage(FrontEnd):
    """A notebook that Voilà has run: outputs only. Closing the page ends the kernel."""

    def __init__(
        self, browser: Browser, server: Server, cells: Sequence[str], name: str = "panel", **page: Any
    ) -> None:
        super().__init__(browser, server, cells, name, **page)
        self.page.route(f"{_VOILA_FONT}**", lambda route: route.fulfill(body=""))
        self.page.goto(
            f"{server.url}/voila/render/{name}.ipynb?token={server.token}",
            wait_until="domcontentloaded",
            timeout=OPEN_MS,
        )

    def _asked(self, url: str) -> None:
        if not url.startswith(_VOILA_FONT):
            super()._asked(url)


#: Whether nbclassic has run all cells and shows a widget wherever one belongs.
_CLASSIC_SHOWN = """() => !document.querySelector('.code_cell.running')
    && [...document.querySelectorAll('.jupyter-widgets-view')].every(view => view.childElementCount)"""


class ClassicPage(FrontEnd):
    """A notebook in nbclassic, all of whose cells run."""

    def __init__(
        self, browser: Browser, server: Server, cells: Sequence[str], name: str = "panel", **page: Any
    ) -> None:
        super().__init__(browser, server, cells, name, **page)
        self.page.goto(
            f"{server.url}/nbclassic/notebooks/{name}.ipynb?token={server.token}", wait_until="domcontentloaded"
        )
        self.wait(
            "() => { const kernel = window.Jupyter?.notebook?.kernel; return Jupyter?.notebook?._fully_loaded && kernel?.is_connected?.() && kernel.widget_manager; }",
            OPEN_MS,
        )
        self.console.clear()  # it looks for extensions of Notebook 6 that other packages name: not ours
        # ipywidgets' extension throws when an output is not in the page yet, and leaves its place empty: run the cells
        # again then, as a person would.
        for attempt in range(5):
            self.page.evaluate("() => Jupyter.notebook.execute_all_cells()")
            try:
                self.wait(_CLASSIC_SHOWN, 5000)
                break
            except PlaywrightTimeoutError:
                if attempt == 4:
                    raise

    def _said(self, message: ConsoleMessage) -> None:
        if "about:blank" not in message.text + message.location.get("url", ""):  # fonts of its own styles
            super()._said(message)

    def _thrown(self, error: str) -> None:
        if error != "Host is not attached.":  # as above
            super()._thrown(error)

    def close(self) -> None:
        """Close the page and end its kernel."""
        self.page.evaluate("() => new Promise(done => Jupyter.notebook.session.delete(done, done))")
        super().close()


class MarimoPage(FrontEnd):
    """A notebook in marimo's editor, which runs all of its cells."""

    def __init__(
        self, browser: Browser, server: Server, cells: Sequence[str], name: str = "panel", **page: Any
    ) -> None:
        super().__init__(browser, server, cells, name, **page)
        self.page.goto(
            f"{server.url}/?file={name}.py&access_token={server.token}", wait_until="domcontentloaded", timeout=OPEN_MS
        )

    def _write(self, path: Path, cells: Sequence[str]) -> Path:
        made = "".join(
            f"@app.cell\ndef _():\n{textwrap.indent(cell.strip(), '    ')}\n    return\n\n\n" for cell in cells
        )
        path = path.with_suffix(".py")
        path.write_text(f"import marimo\n\napp = marimo.App()\n\n\n{made}", encoding="utf-8")
        return path

    def close(self) -> None:
        """Close the page and end its kernel."""
        self.page.evaluate("() => fetch('/api/kernel/shutdown', { method: 'POST' })")
        super().close()


class NotebookPage(FrontEnd):
    """A notebook, open in a page with its kernel idle.

    Parameters
    ----------
    browser, server
        Both entered.
    cells : sequence of str
        Code cells.
    name : str
        File name without suffix; one a page.
    """

    def __init__(
        self, browser: Browser, server: Server, cells: Sequence[str], name: str = "panel", **page: Any
    ) -> None:
        super().__init__(browser, server, cells, name, **page)
        path = f"/lab/tree/{name}.ipynb?reset&" if server.kind != "notebook" else f"/notebooks/{name}.ipynb?"
        self.page.goto(f"{server.url}{path}token={server.token}", wait_until="domcontentloaded")
        self.wait("() => window.jupyterapp?.shell.currentWidget?.sessionContext", OPEN_MS)
        self.wait(
            """() => { const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel;
                       return kernel && kernel.connectionStatus === 'connected' && kernel.status === 'idle'; }""",
            OPEN_MS,
        )
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.console.clear()  # what the front end says to itself while loading (Notebook 7.6 throws once) is not ours

    def close(self) -> None:
        """Close the page and end its kernel: one that goes on receiving would slow the tests after it."""
        self.page.evaluate("() => window.jupyterapp?.shell.currentWidget?.sessionContext.shutdown()")
        super().close()

    def run(self, cell: int, *, wait: bool = True) -> None:
        """Run a cell; with `wait`, until it has finished."""
        self.page.evaluate(
            """cell => { const notebook = window.jupyterapp.shell.currentWidget.content; notebook.activeCellIndex = cell; notebook.deselectAll();
                         window.__ran = false; window.jupyterapp.commands.execute('notebook:run-cell').then(() => { window.__ran = true }); }""",
            cell,
        )
        if wait:
            self.wait("() => window.__ran", 60_000)

    def output(self, cell: int) -> str:
        """Text under a cell."""
        return str(self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-Cell-outputWrapper").inner_text())

    def kernel_status(self) -> str:
        """``"idle"`` or ``"busy"``."""
        return str(
            self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status")
        )

    def cells(self) -> int:
        """Number of cells: shortcuts that leak make new ones."""
        return int(self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length"))
