"""Hosts of widgets that follow published rules (`tests.lab.front_ends.RULES`), and are as little as these allow.

    with Host(browser, panel, frame=SANDBOX) as host:
        expect(host.get(".kws-state")).to_have_text("open")

The panel's kernel is the test's own process: `HostComm` is its comm, and the frame asks its page by ``postMessage``, and the page calls one
function that Playwright exposes. What a host does not promise is not there; what it forbids is refused and noted.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from typing import Any

from comm.base_comm import BaseComm
from playwright.sync_api import FrameLocator, Locator, Page, expect

from kontena_ws_nb.panel import Panel
from tests.browser.harness import Browser

#: A frame of its own: another origin, no storage, no clipboard, no downloads, no dialogs.
SANDBOX = "allow-scripts"
#: What `notebook.experimental.enableCsp` of VS Code forbids, and every other address; anywidget itself imports from ``blob:``.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'none'; font-src 'none'; worker-src 'none'; form-action 'none'"
)

#: The widget's side: the model of anywidget's specification and no more, and the way to the kernel.
_FRAME = """
<!doctype html><html><head><meta charset="utf-8">{policy}<style>{style}</style></head><body class="{body}"><div id="output"></div>
<script type="module">
const wrong = (window.wrong = []);
addEventListener("securitypolicyviolation", (event) => wrong.push(`${{event.violatedDirective}} ${{event.blockedURI}}`));
addEventListener("error", (event) => wrong.push(String(event.message)));
addEventListener("unhandledrejection", (event) => wrong.push(String(event.reason)));
const calls = [];
addEventListener("message", ({{ data }}) => calls[data.id](data.answer));
const kernel = (what, said) => new Promise((done) => parent.postMessage({{ id: calls.push(done) - 1, what, said }}, "*"));
const decoded = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const encoded = (bytes) => {{
  const view = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
  return btoa([...view].map((byte) => String.fromCharCode(byte)).join(""));
}};
const kinds = {{ DataView: (bytes) => new DataView(bytes.buffer), Uint8Array: (bytes) => bytes, ArrayBuffer: (bytes) => bytes.buffer }};
const listeners = new Map();
const fire = (name, ...rest) => [...(listeners.get(name) ?? [])].forEach((callback) => callback(...rest));
const state = JSON.parse(await kernel("open", ""));
let changed = {{}};
const out = [];
const model = {{
  get: (name) => state[name],
  set: (name, value) => {{ state[name] = changed[name] = value; }},
  save_changes: () => {{ out.push({{ method: "update", state: changed }}); changed = {{}}; }},
  send: (content, _callbacks, buffers = []) => out.push({{ method: "custom", content, buffers: buffers.map(encoded) }}),
  on: (name, callback) => {{
    if (name !== "msg:custom" && !name.startsWith("change:")) throw new Error(`this host has no event ${{name}}`);
    listeners.set(name, [...(listeners.get(name) ?? []), callback]);
  }},
  off: (name, callback) => listeners.set(name, (listeners.get(name) ?? []).filter((one) => one !== callback)),
}};
const exchange = async () => {{
  for (const message of JSON.parse(await kernel("exchange", JSON.stringify(out.splice(0))))) {{
    if (message.method === "custom") fire("msg:custom", message.content, message.buffers.map((text) => kinds["{bytes}"](decoded(text))));
    else for (const [name, value] of Object.entries(message.state)) {{ state[name] = value; fire(`change:${{name}}`); }}
  }}
  setTimeout(exchange, 25);
}};
const module = await import(URL.createObjectURL(new Blob([state._esm], {{ type: "text/javascript" }})));
const style = document.createElement("style");
style.textContent = state._css;
document.head.append(style);
await module.default.render({{ model, el: document.getElementById("output") }});
void exchange();
</script></body></html>
"""


class HostComm(BaseComm):
    """The kernel's end: keeps what is to be brought to the page.

    Parameters
    ----------
    only_answers : bool
        Whether what a thread says by itself is lost.
    """

    only_answers = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.waiting: deque[dict[str, Any]] = deque()
        super().__init__(*args, **kwargs)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        if msg_type != "comm_msg" or (self.only_answers and threading.current_thread() is not threading.main_thread()):
            return
        bytes_ = [base64.b64encode(bytes(one)).decode() for one in buffers or []]
        self.waiting.append({**data, "buffers": bytes_})


class Host:
    """A page with one output, in a frame of its own.

    Parameters
    ----------
    browser : Browser
        Entered.
    panel : Panel
        Over a `HostComm`.
    sandbox : str, optional
        What the frame may do; None for everything.
    policy : str
        Its content security policy.
    bytes_as : {"DataView", "Uint8Array", "ArrayBuffer"}
        How buffers reach the widget.
    drops_bytes : bool
        Whether buffers of the page get lost.
    style, body : str
        Style sheet and class of the frame.
    """

    def __init__(
        self,
        browser: Browser,
        panel: Panel,
        *,
        sandbox: str | None = None,
        policy: str = "",
        bytes_as: str = "DataView",
        drops_bytes: bool = False,
        style: str = "",
        body: str = "",
    ) -> None:
        self._panel = panel
        self._drops_bytes = drops_bytes
        self._sandbox = sandbox
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
        self._html = _FRAME.format(policy=meta, bytes=bytes_as, style=style, body=body)
        self.page: Page = browser.page()
        #: What the page said in its console, and what it asked for.
        self.wrong: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.expose_function("kwsKernel", self._kernel)

    def _asked(self, url: str) -> None:
        if not url.startswith(("about:", "blob:", "data:")):
            self.wrong.append(f"asked for {url}")

    def __enter__(self) -> Host:
        self.page.goto("about:blank")
        self.page.evaluate(
            """() => addEventListener("message", async ({ data: { id, what, said }, source }) => {
                const answer = await kwsKernel(what, said);
                source?.postMessage({ id, answer }, "*"); // the frame may be gone
            })"""
        )
        self.show()
        return self

    def __exit__(self, *exc: object) -> None:
        self.page.context.close()

    def show(self) -> None:
        """Make the output's frame; the one before is thrown away without a word."""
        self.page.evaluate(
            """([html, sandbox]) => {
                const frame = document.createElement("iframe");
                if (sandbox !== null) frame.setAttribute("sandbox", sandbox);
                Object.assign(frame.style, { width: "100%", height: "900px", border: 0 });
                frame.srcdoc = html;
                document.body.replaceChildren(frame);
            }""",
            [self._html, self._sandbox],
        )

    def _kernel(self, what: str, said: str) -> str:
        comm: HostComm = self._panel.comm
        if what == "open":
            comm.waiting.clear()  # the page's model begins with the state as it is
            return json.dumps(self._panel.get_state())
        for message in json.loads(said):
            buffers = [] if self._drops_bytes else [base64.b64decode(one) for one in message.pop("buffers", [])]
            self._panel._handle_msg({"content": {"data": message}, "buffers": buffers})
        return json.dumps([comm.waiting.popleft() for _ in range(len(comm.waiting))])

    @property
    def frame(self) -> FrameLocator:
        """The output."""
        return self.page.frame_locator("iframe")

    def get(self, selector: str) -> Locator:
        """Something inside the panel."""
        return self.frame.locator(f".kws {selector}")

    def button(self, name: str) -> Locator:
        """A button of the panel."""
        return self.frame.locator(".kws").get_by_role("button", name=name, exact=True)

    def row(self, text: str) -> Locator:
        """The rows that show a text."""
        return self.get(".kws-rows .kws-row:visible").filter(has_text=text)

    def send(self, text: str) -> None:
        """Type a message and send it."""
        self.get(".kws-text").fill(text)
        self.get(".kws-text").press("Control+Enter")

    def refused(self) -> list[str]:
        """What the frame's policy refused, and what was thrown there."""
        return [str(one) for one in self.frame.locator("body").evaluate("() => window.wrong")]

    def works(self) -> None:
        """See that the panel is live: it shows what comes, sends, filters, and opens a message."""
        expect(self.get(".kws-state")).to_have_text("open")
        self.send('{"mine": 9007199254740993}')
        expect(self.row('"mine"')).to_have_count(2)
        self.get(".kws-filter").fill("dir:sent $.mine>1")
        expect(self.get(".kws-counts")).to_contain_text("1 of ")
        expect(self.row('"mine"')).to_have_count(1)
        self.row('"mine"').click()
        expect(self.get(".kws-tree .kws-leaf")).to_have_text("mine: 9007199254740993")
