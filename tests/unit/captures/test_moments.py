"""Times in files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kontena_ws_nb.captures.moments import epoch_ns, seconds_text

NS = 1_700_000_000_123_456_789


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1700000000.123456789"), NS),
        (Decimal("1700000000123.456789"), NS),
        (Decimal("1700000000123456.789"), NS),
        (NS, NS),
        (1_700_000_000, 1_700_000_000 * 10**9),
        (1_700_000_000_123, 1_700_000_000_123 * 10**6),
        (1_700_000_000_123_456, 1_700_000_000_123_456 * 10**3),
        (1700000000.5, 1_700_000_000_500_000_000),
        ("1700000000123", 1_700_000_000_123 * 10**6),
        (" 1700000000.5 ", 1_700_000_000_500_000_000),
        ("2023-11-14T22:13:20.123456789Z", NS),
        ("2023-11-14 22:13:20,123456789", NS),
        ("2023-11-14T23:13:20.123456789+01:00", NS),
        ("2023-11-14T16:43:20.123456789-0530", NS),
        ("2023-11-14T22:13Z", 1_699_999_980 * 10**9),
        ("2023-12-31T23:59:60Z", 1_704_067_199 * 10**9),
        (1, 10**9),
    ],
)
def test_units_are_told_apart(value: Any, expected: int) -> None:
    assert epoch_ns(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, [], {}, "", "yesterday", "-1", "1e400", "9" * 80, -1, -1.0, 0, float("nan"), float("inf")),
        *(Decimal("1e999999999"), Decimal("-1e999999999"), Decimal("NaN"), 2**63, 10**400, 10**16),
        *("2023-02-31T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+10:00", "1969-12-31T23:59:59Z"),
        *("9999-12-31T23:59:59Z", "2023-11-14T22:13:20+99:99x", "２０23-11-14T22:13:20Z"),
    ],
)
def test_what_is_no_time(value: Any) -> None:
    assert epoch_ns(value) is None


def test_seconds_with_all_digits() -> None:
    assert seconds_text(NS) == "1700000000.123456789"
    assert epoch_ns(Decimal(seconds_text(5))) == 5
