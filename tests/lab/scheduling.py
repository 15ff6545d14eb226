"""Distributes tests to workers: whole files together, and tests with a browser to one worker, first, but for a few at the end.

xdist's own ``--dist loadgroup`` does this by marker, but 3.8 writes the group into an attribute that pytest 9.2 no
longer reads.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

BROWSER = "tests/browser/"
#: These go to whichever worker has done the rest: the browser's would come last by minutes. They ask for little at a time.
LAST = ("tests/browser/test_environments.py", "tests/browser/test_docs.py")


class ByFile(LoadScopeScheduling):
    """One unit of work is one file; most browser tests together are one, so that one Chromium runs on two cores."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) and not nodeid.startswith(LAST) else nodeid.split("::", 1)[0]

    def schedule(self) -> None:
        self.config.option.loadscopereorder = False  # as collected: tests/browser takes longest, and comes early
        super().schedule()
