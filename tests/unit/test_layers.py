"""Which package may import which (LAYOUT.md calls them houses of a street), for all imports, also those for typing and inside functions.

python -m tests.unit.test_layers    prints the houses and their imports
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import kontena_ws_nb

PACKAGE: Final = Path(kontena_ws_nb.__file__).parent

#: The houses of the street, from left to right; those of one line are neighbours that do not know each other.
STREET: Final = (
    {"transport", "tls", "demo"},
    {"protocol"},
    {"connection", "log"},
    {"conversation", "display"},
    {"recording"},
    {"feed"},
    {"panel"},
    {"captures"},
    {"playback"},
    {"session"},
)
#: What everybody may stand on; it imports no house.
GROUND: Final = {"errors", "close", "hostnames", "options", "render", "redaction", "system", "decoders"}
#: Doors onto the street; no house knows them. A door may use those of a line above it.
DOORS: Final = ({"api"}, {"magics"}, {"__init__"}, {"cli"})

#: How many modules may stand at the package's root.
ROOT: Final = 7


def modules() -> dict[str, Path]:
    """Every module by its dotted name below the package; a package is called by its folder."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if "frontend" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


MODULES: Final = modules()


def imports(module: str) -> Iterator[tuple[str, int]]:
    """List what a module imports of this package, whatever for, with the line."""
    path = MODULES[module]
    package = list(path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "kontena_ws_nb":
                    yield _module(alias.name.split(".")[1:]), node.lineno
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
            elif node.module and node.module.split(".")[0] == "kontena_ws_nb":
                base = []
            else:
                continue
            named = (node.module or "").removeprefix("kontena_ws_nb" if not node.level else "").strip(".")
            base = [*base, *filter(None, named.split("."))]
            for alias in node.names:
                yield _module([*base, alias.name]), node.lineno


def _module(parts: list[str]) -> str:
    while parts and ".".join(parts) not in MODULES:
        parts = parts[:-1]
    return ".".join(parts) or "__init__"


def house(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def number(name: str, among: tuple[set[str], ...]) -> int | None:
    return next((at for at, names in enumerate(among) if name in names), None)


def allowed(importer: str, imported: str) -> bool:
    """Tell whether one house may import another."""
    if importer == imported or imported in GROUND:
        return True
    if importer in GROUND:
        return False
    here, there = number(importer, STREET), number(imported, STREET)
    if here is not None:
        return there is not None and there < here
    if there is not None:
        return True
    mine, other = number(importer, DOORS), number(imported, DOORS)
    assert mine is not None, importer
    assert other is not None, imported
    return other < mine


def test_every_module_has_its_place() -> None:
    known = {*GROUND, *(name for names in (*STREET, *DOORS) for name in names)}
    assert {house(module) for module in MODULES} == known


def test_a_house_imports_only_houses_to_its_left() -> None:
    wrong = [
        f"{module}:{line} imports {imported}"
        for module in MODULES
        for imported, line in imports(module)
        if not allowed(house(module), house(imported))
    ]
    assert wrong == []


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {module: {imported for imported, _ in imports(module)} - {module} for module in MODULES}
    # Importing a package's module runs the package; what that imports of itself is its own business.
    while leaves := [module for module, imported in graph.items() if not imported]:
        for module in leaves:
            del graph[module]
        for imported in graph.values():
            imported.difference_update(leaves)
    assert graph == {}


def test_few_modules_stand_at_the_root() -> None:
    assert len([module for module, path in MODULES.items() if path.parent == PACKAGE]) <= ROOT


#: What a class may inherit of another file's.
BASES: Final = {
    # Exceptions.
    "Error",
    "ConnectError",
    "QueryError",
    # The mix-in of `Session`, which tests talk to without a connection.
    "Conversation",
    # Abstract bases: sequences that become tables, what the log's combiner does, and the side of a log that is read,
    # which views and queries take, and what a connection's messages are asked what they mean.
    "Tabular",
    "Job",
    "Reading",
    # What every decoder is.
    "Decoder",
    # A `TypedDict`: what `connect` takes by name besides the options.
    "OptionArguments",
}


def test_no_class_is_cut_over_files() -> None:
    classes = {}
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, set()).add(module)
    wrong = []
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                names = {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases} & set(classes)
                wrong += [
                    f"{module}.{node.name} inherits {name}"
                    for name in names
                    if module not in classes[name] and name not in BASES
                ]
    assert sorted(wrong) == []


def test_no_private_attribute_is_used_across_files() -> None:
    wrong = []
    for module, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        }
        own |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
        own |= {
            node.target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
        own |= {
            name.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for name in node.targets
            if isinstance(name, ast.Name)
        }
        used = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
        ]
        wrong += [f"{module} uses {ast.unparse(node)}" for node in used if node.attr not in own | OF_TUPLES]
    assert sorted(wrong) == sorted(FOREIGN)


#: What a named tuple has: public, and named so that no field is called the same.
OF_TUPLES: Final = {"_asdict", "_field_defaults", "_fields", "_replace"}

#: Private attributes of other packages, which have no public name for it.
FOREIGN: Final = [
    "cli.interrupts uses os._exit",  # a public function: the only way out that waits for no thread and no peer
    "magics.report uses error._render_traceback_",  # IPython's protocol for errors that draw themselves
    "panel.panel uses comm._reply_subshell_for",  # of ipykernel: else a page's requests wait for the running cell
    "panel.templates uses sys._current_frames",  # documented: where a thread is, to know whether it can be stopped
    "protocol.permessage_deflate uses zlib._Compress",  # the type of zlib.compressobj(), for typing only
    "tls.fields uses oid._name",  # of cryptography: what it calls an object identifier
    "tls.verify uses sslobj._sslobj",  # of ssl: certificate chains, public from Python 3.13 on
]


if __name__ == "__main__":
    for name in MODULES:
        print(name, "→", " ".join(sorted({imported for imported, _ in imports(name)})))
    sys.exit(0)
