"""Distributes tests to workers: whole files together, and all tests with a browser to one worker, first.

xdist's own ``--dist loadgroup`` does this by marker, but 3.8 writes the group into an attribute that pytest 9.2 no
longer reads.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

BROWSER = "tests/browser/"


class ByFile(LoadScopeScheduling):
    """One unit of work is one file; the browser tests together are one, so that at most one Chromium runs on two cores."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else nodeid.split("::", 1)[0]

    def schedule(self) -> None:
        self.config.option.loadscopereorder = False  # as collected: tests/browser takes longest, and comes early
        super().schedule()
