"""What the packages that tables are made with keep for good: polars starts its engine, with descriptors of its own, once a process."""

from __future__ import annotations

import polars
import pytest


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    polars.DataFrame({"a": [1], "b": [2]}).lazy().select("a").collect()
