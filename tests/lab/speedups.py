"""The compiled functions, built from what stands in the checkout: a test must not see an older build, or none."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import sys
import tempfile
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "kontena_ws_nb" / "system" / "_speedups.c"


def hook() -> ModuleType:
    """The build hook."""
    return _load("hatch_build", ROOT / "hatch_build.py")


@functools.cache
def compiled() -> ModuleType:
    """Compile if this source was not yet, and load; needs a C compiler (peer ``cc``)."""
    digest = hashlib.sha256(SOURCE.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = ROOT / ".cache" / "speedups" / digest
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent))
        hook().compile_into(ROOT, scratch)
        try:
            scratch.rename(folder)
        except OSError:
            assert folder.is_dir(), "another worker was faster, or it cannot be written"
    return _load("_speedups", next(path for path in folder.iterdir() if path.suffix in (".so", ".pyd")))


def _load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
