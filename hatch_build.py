"""Puts the notebooks into wheels, and builds ``_speedups.c`` where a C compiler and Python's headers are; without it the package is pure Python.

A build hook of hatchling. ``python hatch_build.py`` builds it into the checkout.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "kontena_ws_nb/system"
#: Set, and not empty: nothing is compiled (as `kontena_ws_nb.system.speedups`).
PURE = "KONTENA_WS_NB_PURE"
#: From 3.11 on the buffer protocol is in the stable API: what is built works in later versions too.
STABLE = sys.version_info >= (3, 11)


def wanted() -> str | None:
    """Say why nothing is compiled, or None."""
    if os.environ.get(PURE):
        return f"{PURE} is set"
    if sys.implementation.name != "cpython":
        return f"{sys.implementation.name} is faster without"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "it relies on the global lock"
    return None


def compile_into(root: Path, folder: Path) -> Path:
    """Compile; raises whatever setuptools or the compiler does."""
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    extension = Extension(
        "_speedups",
        [str(root / PLACE / "_speedups.c")],
        define_macros=[("Py_LIMITED_API", "0x030B0000")] if STABLE else [],
        py_limited_api=STABLE,
        # The same bytes wherever it is built: no debug information, which names folders.
        extra_compile_args=["-g0"] if os.name == "posix" else [],
    )
    command = build_ext(Distribution({"name": "kontena_ws_nb", "ext_modules": [extension]}))
    command.build_lib = str(folder)
    command.build_temp = str(folder / "temporary")
    command.ensure_finalized()
    command.run()
    return Path(command.get_ext_fullpath("_speedups"))


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the notebooks to a wheel, and the compiled module to a wheel or to the checkout of an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile if that can be; a wheel without it is for every platform."""
        if version != "editable":  # there the package finds them in the checkout
            for path in sorted((Path(self.root) / "notebooks").glob("[0-9]*.ipynb")):
                build_data["force_include"][str(path)] = f"kontena_ws_nb/demo/notebooks/{path.name}"
        self._scratch = tempfile.TemporaryDirectory(prefix="speedups-")
        why = wanted()
        if why is None:
            try:
                built = compile_into(Path(self.root), Path(self._scratch.name))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - no compiler, no headers, no setuptools
                why = f"{type(error).__name__}: {error}"
        if why is not None:
            self.app.display_warning(f"kontena_ws_nb is built in pure Python, which does the same more slowly: {why}")
        elif version == "editable":
            shutil.copy(built, Path(self.root) / PLACE)
        else:
            build_data["force_include"][str(built)] = f"{PLACE}/{built.name}"
            build_data["pure_python"] = False
            build_data["tag"] = tag()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Tidy up."""
        self._scratch.cleanup()


def tag() -> str:
    """Name what the compiled module runs on (PEP 425)."""
    from packaging.tags import sys_tags

    best = next(one for one in sys_tags() if "linux" not in one.platform or one.platform.startswith("linux"))
    return f"{best.interpreter}-{'abi3' if STABLE else best.abi}-{best.platform}"


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory() as scratch:
        print(shutil.copy(compile_into(here, Path(scratch)), here / PLACE))
