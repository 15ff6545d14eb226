"""The one-way street: a layer imports only layers above it (design section 2).

Module-level imports are read from the sources; those inside functions may go upward only when they are listed here, each with its reason.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import kontena_ws_nb

ROOT = Path(kontena_ws_nb.__file__).parent
PACKAGE = "kontena_ws_nb"

#: From the foundation up. A layer imports those before it; modules of one layer may import one another.
LAYERS: list[tuple[str, ...]] = [
    ("redact", "subprotocols", "tokens", "whole_file"),
    ("masking",),
    ("plain",),
    ("refused",),
    ("errors", "latch"),
    ("options", "given", "ask"),
    ("credentials",),
    ("tls",),
    ("wire",),
    ("threads", "confirmations"),
    ("keepalive", "pace", "state", "backoff", "schedule", "hooks", "logger", "callbacks", "operations"),
    ("lifecycle", "receiving", "connection"),
    ("client", "examine"),
    ("log",),
    ("stats", "steps", "cursors", "conversation"),
    ("reader", "background", "session"),
    ("sessions",),
    ("recording",),
    ("display",),
    ("panel",),
    ("demo",),
    ("magics",),
    ("__init__",),
    ("cli",),  # beside the root: it says the version, which lives there
    ("__main__",),
]

#: Upward conveniences: (module, what it imports inside a function) and why.
UPWARD = {
    ("log.log", "display.table"): "a log shows itself as a table",
    ("log.message", "display.message"): "a message shows itself",
    ("log.rows", "display.table"): "a slice shows itself as a table",
    ("log.tabular", "recording.tables"): "to_records, to_arrow, to_pandas, to_polars of a log, a slice, a view",
    ("log.view", "display.table"): "a filtered log shows itself as a table",
    ("session", "display.session"): "a session shows itself",
    ("session", "panel.panel"): "ws.panel: the panel of this session, made on first use because ipywidgets is slow to import",
    ("sessions", "demo"): "connect('demo'): starts the demo server only when somebody asks for it",
    ("tls.certificate", "display.certificate"): "a certificate shows itself",
    ("tls.certificate", "display.certificate_words"): "a certificate says itself in words",
}

#: Layers that see less of another than its place allows: importer → what is imported → modules allowed.
NARROW = {
    ("log", "wire"): {"wire.frames"},
    ("demo", None): {"errors"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] == "__init__" and len(parts) > 1:
            parts = parts[:-1]
        yield ".".join(parts), path


NAMES = {name for name, _ in modules()}


@functools.cache
def imports(path: Path, module: str) -> list[tuple[str, bool, bool]]:
    """What a module imports of this package: name, whether inside a function, whether for type checking only."""
    package = module.split(".") if path.name == "__init__.py" and module != "__init__" else module.split(".")[:-1]

    def visit(node: ast.AST, inside: bool, typing: bool) -> Iterator[tuple[str, bool, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ImportFrom):
                if child.level:
                    base = package[: len(package) - child.level + 1]
                elif child.module and child.module.split(".")[0] == PACKAGE:
                    base = []
                else:
                    continue
                inner = (child.module or "").split(".") if child.module else []
                if not child.level:
                    inner = inner[1:]
                for alias in child.names:
                    for name in (".".join([*base, *inner, alias.name]), ".".join([*base, *inner]), "__init__"):
                        if name in NAMES:
                            yield name, inside, typing
                            break
            elif isinstance(child, ast.Import):
                for alias in child.names:
                    if alias.name.split(".")[0] == PACKAGE:
                        yield ".".join(alias.name.split(".")[1:]) or "__init__", inside, typing
            else:
                is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                is_typing = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
                yield from visit(child, inside or is_function, typing or is_typing)

    return list(visit(ast.parse(path.read_text()), False, False))


def room(module: str) -> str:
    """The root's own name in the table is ``__init__``."""
    return module.split(".", maxsplit=1)[0]


def level(module: str) -> int:
    for number, layer in enumerate(LAYERS):
        if room(module) in layer:
            return number
    raise AssertionError(f"{module} is in no layer: add it to LAYERS where it belongs")


def test_every_module_has_a_layer() -> None:
    for module in NAMES:
        level(module)


def test_modules_import_only_upwards_in_the_table() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in modules()
        for name, inside, typing in imports(path, module)
        if not inside and not typing and level(name) > level(module)
    ]
    assert wrong == []


def test_upward_imports_inside_functions_are_listed() -> None:
    found = {
        (module, name)
        for module, path in modules()
        for name, inside, typing in imports(path, module)
        if inside and not typing and level(name) > level(module)
    }
    assert sorted(found - set(UPWARD)) == [], "list it in UPWARD with its reason, or find another way"
    assert sorted(set(UPWARD) - found) == [], "gone: take it out of UPWARD"
    assert all(UPWARD.values())


def test_narrow_seams() -> None:
    wrong = []
    for module, path in modules():
        for name, inside, typing in imports(path, module):
            if typing or room(name) == room(module):
                continue
            for (importer, imported), allowed in NARROW.items():
                if room(module) == importer and imported in (None, room(name)) and name not in allowed:
                    wrong.append(f"{module} imports {name}{' in a function' if inside else ''}; it may see {', '.join(sorted(allowed))}")
    assert wrong == []


def test_front_doors_do_not_know_each_other() -> None:
    doors = {"magics", "cli"}
    for module, path in modules():
        if room(module) in doors:
            assert not [name for name, _, _ in imports(path, module) if room(name) in doors - {room(module)}], module
