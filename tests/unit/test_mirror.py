"""Every module has a test file at the same place, and every test file belongs to a module or is listed with its purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import kontena_ws_nb

PACKAGE: Final = Path(kontena_ws_nb.__file__).parent
UNIT: Final = Path(__file__).parent

#: Test files that belong to more than one module, and why.
OTHERS: Final = {
    "log/test_log_machine.py": "a state machine over log, store, views and retention",
    "magics/test_every_option.py": "each option through each magic",
    "magics/test_secrets_typed.py": "secrets that are typed into magics, end to end",
    "panel/test_several.py": "a panel of several sessions, end to end",
    "panel/test_slow_patterns.py": "patterns that take too long, end to end",
    "protocol/test_frames_properties.py": "properties of frames, however they are cut",
    "protocol/test_fuzz.py": "damaged frames through the whole decoder",
    "redaction/test_nothing_told.py": "what errors may not quote, end to end",
    "redaction/test_secrets.py": "secrets in everything that is shown or saved, end to end",
    "captures/test_fuzz.py": "damaged files of every format, end to end",
    "test_api_certificate.py": "certificates without a WebSocket, end to end",
    "test_doctests.py": "examples in docstrings",
    "test_exports.py": "public names",
    "test_layers.py": "which module may import which",
    "test_mirror.py": "this",
    "test_options_typed.py": "options as type checkers see them",
    "test_readme.py": "what the documents say",
    "test_reference.py": "what the documentation has of the code",
    "tls/test_strange.py": "strange certificates through every reader of them",
}


def mirrored() -> dict[str, str]:
    """Name the test file of each module; a package's ``__init__`` needs none."""
    modules = (path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    return {(path.parent / f"test_{path.name}").as_posix(): path.as_posix() for path in modules}


def there() -> set[str]:
    return {path.relative_to(UNIT).as_posix() for path in UNIT.rglob("test_*.py")}


def test_every_module_has_its_test_file() -> None:
    missing = {module for test, module in mirrored().items() if test not in there()}
    assert sorted(missing) == []


def test_every_test_file_belongs_to_a_module_or_says_why_not() -> None:
    assert sorted(there() - mirrored().keys() - OTHERS.keys()) == []
    assert sorted(OTHERS.keys() - there()) == []
    assert sorted(OTHERS.keys() & mirrored().keys()) == []
