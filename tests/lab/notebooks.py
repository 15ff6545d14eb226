"""The notebooks in ``notebooks/``: how they are run, how they are saved, and what must not be in them.

    python -m tests.lab.notebooks          runs all of them and saves them with their outputs
    python -m tests.lab.notebooks 03 08    only those whose names begin so

Each runs in a clean kernel, in an empty folder, with an empty home and in UTC. A notebook is saved only when its outputs
differ in more than times, ports, sizes of numbers and keys (see `comparable`), so that a second run changes no byte.

What a notebook has to keep to:

- Its first cell is Markdown: ``# Title``, an empty line, and a paragraph whose first sentence says what it shows. That is
  its line on the start page of ``kontena-ws demo`` (`kontena_ws_nb.demo.notebooks`).
- A cell that is meant to fail has the tag ``raises-exception``. Nothing may be written to stderr.
- A third-party program it needs is named in its metadata, ``{"kontena_ws_nb": {"peers": ["nginx"]}}``, by its name in
  `tests.lab.peers.PEERS`; its test is then marked as the others that need it.
- Files it writes have relative paths. Hosts are loopback or reserved names (RFC 2606, RFC 6761).
"""

from __future__ import annotations

import asyncio
import getpass
import html
import ipaddress
import json
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import nbclient
import nbformat

from kontena_ws_nb.redaction.tokens import looks_secret

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "notebooks"
NOTEBOOKS: Final = sorted(FOLDER.glob("*.ipynb"))

#: A view of a widget means nothing without its kernel; the panel writes a table beside it, which does.
WIDGET: Final = "application/vnd.jupyter.widget-view+json"
#: Of the kernel and its language a saved notebook says no more: the rest differs from machine to machine.
METADATA: Final = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

# --- running ---------------------------------------------------------------------------------------------------------


def peers_of(path: Path) -> list[str]:
    """Name the third-party programs that a notebook needs."""
    named = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("kontena_ws_nb", {}).get("peers", [])
    return list(named)


def execute(path: Path, folder: Path) -> Any:
    """Run a notebook from top to bottom, as with Run All, in a kernel of its own; return it with its outputs.

    ``folder`` is empty: its home and its working folder are made there.
    """
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    left_out = re.compile(r"(?i)token|secret|passw|_key\b|^ssl_cert|_proxy$|^kontena_ws_|^pytest_")
    environ = {name: value for name, value in os.environ.items() if not left_out.search(name)}
    environ |= {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        "TZ": "UTC",
    }
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        resources={"metadata": {"path": str(work)}},
        store_widget_state=False,
        coalesce_streams=True,
        record_timing=False,
    )
    # A loop of its own, closed at the end; execute() keeps one for the process.
    asyncio.run(client.async_execute(env=environ))
    return notebook


# --- saving ----------------------------------------------------------------------------------------------------------


def cleaned(notebook: Any) -> Any:
    """Take out of a run notebook what only its kernel understands, and what differs from run to run without need."""
    own = notebook.metadata.get("kontena_ws_nb")
    notebook.metadata = nbformat.from_dict({**METADATA, **({"kontena_ws_nb": own} if own else {})})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    # The panel's saved table has the widget's id, from which the live view tells which table it hides.
    names: dict[str, str] = {}
    for output, data in _texts(notebook):
        for mime, text in data.items():
            for found in re.findall(r"kws-saved-([0-9a-f]{32})", text):
                names.setdefault(found, f"{len(names) + 1}")
            for name, short in names.items():
                text = text.replace(name, short)  # noqa: PLW2901
            output[mime] = text
    return notebook


def _texts(notebook: Any) -> Iterator[tuple[Any, dict[str, str]]]:
    """List the places of outputs that hold text, each with what it holds; pictures are none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            place = output.get("data", output)
            yield (
                place,
                {
                    name: value
                    for name, value in place.items()
                    if isinstance(value, str) and (not name.startswith("image/") or name == "image/svg+xml")
                },
            )


#: What differs between two runs of the same cells, and what stands for it.
_VOLATILE: Final = [
    (re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL), "CERTIFICATE"),
    (re.compile(r"<wbr>"), ""),
    (re.compile(r"\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){7,}"), "KEY"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?[+-]\d\d:?\d\d|Z| UTC)?"), "TIME"),
    (re.compile(r"\b\d{8}T\d{6}(?:-[0-9a-f]{8})?\b"), "TIME"),
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:\.\d+)?"), "TIME"),
    (re.compile(r"\bsha256/[A-Za-z0-9+/]{43}="), "KEY"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b(?:0x)?(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{12,}\b"), "ID"),
    (re.compile(r"\bsid\b(?:&quot;|\W){1,12}[\w-]+"), "ID"),
    (re.compile(r"\b(?:[0-9a-f]{2} ){7,}[^<\n]*"), "BYTES"),  # with the characters behind them
    (re.compile(r"(?<=Sec-WebSocket-Key: )\S+|(?<=Sec-WebSocket-Accept: )\S+"), "KEY"),
    (re.compile(r'\bd="[^"]*"|\bpoints="[^"]*"'), "CURVE"),
    (re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?:\s*(?:ns|µs|us|ms|s|min)\b)?"), "#"),
]


def comparable(notebook: Any) -> list[Any]:
    """Reduce a notebook to what must be the same after each run: its sources, and its outputs without what differs by nature."""
    reduced = []
    for cell in notebook.cells:
        outputs = []
        for output in cell.get("outputs", []):
            rest = {name: value for name, value in output.items() if name != "traceback"}
            text = json.dumps(rest, sort_keys=True, ensure_ascii=False)
            text = re.sub(r'"image/png": "[^"]*"', '"image/png": ""', text)
            for pattern, instead in _VOLATILE:
                text = pattern.sub(instead, text)
            outputs.append(re.sub(r" {2,}|─+|-{3,}|█+", " ", text))  # columns are as wide as their values
        reduced.append((cell.cell_type, cell.source, cell.get("execution_count"), cell.metadata.get("tags"), outputs))
    return reduced


def kinds(notebook: Any) -> list[list[tuple[str, str, list[str]]]]:
    """Reduce the outputs of each cell to what they are: of which kind, and in which formats."""
    return [
        [
            (output.output_type, output.get("name", output.get("ename", "")), sorted(output.get("data", {})))
            for output in cell.get("outputs", [])
        ]
        for cell in notebook.cells
    ]


def save(path: Path) -> bool:
    """Run a notebook and save it; tell whether its file changed."""
    with tempfile.TemporaryDirectory(prefix="kontena-ws-notebook-") as folder:
        run = cleaned(execute(path, Path(folder)))
    nbformat.validate(run)
    before = nbformat.read(path, as_version=4)
    text = nbformat.writes(run, indent=1, ensure_ascii=False) + "\n"
    if comparable(before) == comparable(run) and path.read_text(encoding="utf-8") == written(before):
        return False
    path.write_text(text, encoding="utf-8")
    return True


def written(notebook: Any) -> str:
    """Write a notebook as its file has it."""
    return str(nbformat.writes(notebook, indent=1, ensure_ascii=False)) + "\n"


# --- what must not be in them ----------------------------------------------------------------------------------------

#: Hosts that a person may be led to by a link in a Markdown cell; nothing asks them.
LINKS: Final = frozenset({"www.rfc-editor.org", "datatracker.ietf.org"})
#: Names of XML vocabularies look like addresses, and are asked by nobody.
_NAMESPACES: Final = re.compile(
    r"http://www\.w3\.org/(?:2000/svg|1999/xhtml|1999/xlink|1998/Math/MathML)(?![\w/])"
    r"|(?<![\w./])v1\.kernel\.websocket\.jupyter\.org(?!\.\w)"  # a subprotocol
)
#: RFC 2606 and RFC 6761: they are nobody's.
_RESERVED: Final = re.compile(r"(?i)(?:^|\.)(?:example|test|invalid|localhost|example\.(?:com|net|org))$")
_URL: Final = re.compile(r"(?i)(?:\b[a-z][a-z0-9+.-]{1,12}:|(?<![\w:/)\]]))//([^\s/?#\"'`<>()\\\]]+)")
_ADDRESS: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]|\.\d)")
#: Without a scheme; one label before .io may be a library (socket.io), and before .dev or .app an attribute.
_HOST: Final = re.compile(
    r"(?i)(?<![\w.@/-])(?:[a-z0-9-]+\.)+(?:com|net|org|cloud|eu|de|uk)\b(?!\()"
    r"|(?<![\w.@/-])(?:[a-z0-9-]+\.){2,}(?:io|dev|app|ai|co)\b(?!\()"
)
_LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\((https://[^)\s]+)\)")

_PATH: Final = re.compile(
    r"(?<![\w.:/<-])/(?:home|root|work|tmp|var|usr|opt|mnt|srv|private|Users|Volumes|builds|workspace|github)/[^\s\"'<>)]*"
    r"|\b[A-Za-z]:\\+(?:Users|Windows|Temp)\b|\bfile:///|(?<![\w/])/dev/shm\b|~[a-z]\w*/"
)
#: Prefixes by which services mark tokens, private keys, and credentials in heads, URLs and JSON.
_SECRET: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:eyJ[\w-]{8,}|[sprw]k[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9]{16,}|gh[opsur]_\w{16,}|github_pat_\w{8,}|glpat-[\w-]{8,}"
    r"|xox[a-z]-[\w-]{8,}|A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{8,}|ya29\.[\w-]{8,}|hf_\w{16,}|npm_\w{16,}|pypi-\w{16,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|(?i:\b(?:bearer|basic) +(?!realm|auth|token)[\w.~+/=-]{8,})"
    r"|(?i:[?&;](?:[\w-]*(?:token|secret|passw(?:or)?d|api_?key|signature))=(?!\*\*\*|\{)[^&\s\"'<]{3,})"
    r"|(?i:\\?[\"'](?:[\w-]*(?:token|secret|passw(?:or)?d|api_?key))\\?[\"'] *: *\\?[\"'](?!\*\*\*|\{)[^\"'\\]{3,})"
)
#: What is random and no secret: pins, fingerprints and numbers of certificates, names of this run's kernels, pages and connections.
_PUBLIC: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----|sha256/[A-Za-z0-9+/]{43}=|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|capture=\d{8}T\d{6}-[0-9a-f]{8}"
    r"|(?i:\b(?:serial|key id|sec-websocket-(?:accept|key)|sid)\b\W{1,12}[\w+/=-]+)",
    re.DOTALL,
)
#: Values that are made up for a notebook and meant to be seen in its source, as what is masked in the outputs.
_MADE_UP: Final = re.compile(r"made-up-[\w-]+")


def problems(notebook: Any) -> list[str]:
    """List what must not be in a notebook that ships: secrets, paths and names of a machine, foreign addresses, states of a run."""
    found: list[str] = []
    if dict(notebook.metadata) | {"kontena_ws_nb": None} != {**METADATA, "kontena_ws_nb": None}:
        found.append(f"metadata: {sorted(notebook.metadata)} is not what a saved notebook has; see METADATA")
    for number, cell in enumerate(notebook.cells):
        where = f"cell {number}"
        if set(cell.metadata) - {"tags"}:
            found.append(f"{where}: metadata {sorted(cell.metadata)}")
        found += [f"{where}, source: {what}" for what in _in_text(cell.source, markdown=cell.cell_type == "markdown")]
        for name in cell.get("attachments", {}):
            found.append(f"{where}: attachment {name}")
        for output in cell.get("outputs", []):
            if WIDGET in output.get("data", {}):
                found.append(f"{where}: a view of a widget, which nobody can show without its kernel")
            whole = json.dumps(
                {k: v for k, v in output.items() if k != "data"}
                | {k: v for k, v in output.get("data", {}).items() if not k.startswith("image/") or "svg" in k},
                ensure_ascii=False,
            )
            # As it is read, not as JSON escapes it.
            text = whole.replace("\\n", "\n").replace('\\"', '"').replace("\\u001b", "")
            found += [f"{where}, output: {what}" for what in _in_text(text, masked=True)]
    return found


def _in_text(text: str, markdown: bool = False, masked: bool = False) -> Iterator[str]:
    for value, what in _of_this_machine():
        if value in text:
            yield f"{what} ({value})"
    for match in _PATH.finditer(text):
        yield f"path of a machine: {match.group()}"
    for match in _SECRET.finditer(text):
        if masked or not _MADE_UP.search(match.group()):
            yield f"looks like a secret: {match.group()}"
    bare = re.sub(r"<wbr>|\x1b\[[0-9;]*m", "", text)
    bare = _PUBLIC.sub(" ", html.unescape(re.sub(r"(?:<[^>]*>|\s)+", " ", bare)))
    for match in re.finditer(r"[\w.~+=/-]{16,}", _MADE_UP.sub(" ", bare)):
        if looks_secret(match.group()):
            yield f"looks random, as a token does: {match.group()}"
    if masked:
        for match in _MADE_UP.finditer(text):
            yield f"should be masked: {match.group()}"
    if markdown:
        text = _LINK.sub(lambda link: "" if urlsplit(link[1]).hostname in LINKS else link[0], text)
    text = _NAMESPACES.sub("", text)
    hosts = {match[1] for match in _URL.finditer(text)} | {match[0] for match in _ADDRESS.finditer(text)}
    for host in sorted(hosts | {match[0] for match in _HOST.finditer(text)}):
        if not _nobodys(host):
            yield f"foreign address: {host}"


def _nobodys(host: str) -> bool:
    """Tell whether a host is this computer, or reserved for documentation, or a placeholder such as ``{host}``."""
    name = re.sub(r":[^:\]]*$", "", host.rpartition("@")[2].rstrip(".,;:")).strip("[]")
    if not re.search(r"\w", name) or "{" in name:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return _RESERVED.search(name) is not None
    return address.is_loopback or address.is_unspecified or (address.is_private and not _of_a_network(address))


def _of_a_network(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address may be somebody's in a private network (RFC 1918), other than those for documentation (RFC 5737)."""
    documentation = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    return not any(address in ipaddress.ip_network(one) for one in documentation)


def _of_this_machine() -> Iterator[tuple[str, str]]:
    """List values that name this machine or its user, with what they are; none that is an ordinary word."""
    yield str(ROOT), "path of this checkout"
    yield sys.prefix, "path of this environment"
    yield tempfile.gettempdir() + "/", "path of the temporary folder"
    if len(str(Path.home())) > 1:
        yield str(Path.home()) + "/", "path of the home folder"
    for value, what in ((socket.gethostname(), "name of this machine"), (getpass.getuser(), "name of a user")):
        if len(value) >= 4 and value not in ("root", "user", "runner", "localhost", "jovyan", "build", "test"):
            yield value, what
    for name, value in os.environ.items():
        if re.search(r"(?i)token|secret|passw|_key$", name) and len(value) >= 8:
            yield value, f"value of the environment variable {name}"


def main(names: list[str]) -> None:
    """Run and save the notebooks whose names begin with one of these; all, without any."""
    chosen = [path for path in NOTEBOOKS if not names or path.name.startswith(tuple(names))]
    if not chosen:
        raise SystemExit(f"no notebook's name begins with {' or '.join(names)}")
    for path in chosen:
        changed = save(path)
        print(f"{path.name}: {'saved' if changed else 'as before'}", flush=True)
        for problem in problems(nbformat.read(path, as_version=4)):
            print(f"  {problem}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
