"""Times in files: seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by their magnitude, and RFC 3339. Pure functions."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

_DATE: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?\s?(Z|z|[+-]\d\d:?\d\d)?", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Below each limit, how many nanoseconds one is. As seconds, 1e11 is the year 5138; as milliseconds it is 1973, when no
#: WebSocket was recorded.
_UNITS: Final = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3), (2**63, 1))


def epoch_ns(value: Any) -> int | None:
    """Read a time since the epoch, in whatever unit it is.

    Parameters
    ----------
    value : object
        A number, its digits as text, or RFC 3339.

    Returns
    -------
    int or None
        Nanoseconds since the epoch; None for what is no time, among them 0 and -1, which tools write for "not known".

    Examples
    --------
    >>> epoch_ns(1700000000.5) == epoch_ns(1700000000500) == epoch_ns("2023-11-14T22:13:20.5Z") == 1700000000500000000
    True
    """
    if isinstance(value, str):
        if (found := _DATE.fullmatch(value.strip()[:80])) is not None:
            return _date(found)
        if not re.fullmatch(r"\d{1,20}(?:\.\d{0,20})?", value.strip()[:80], re.ASCII):
            return None
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    # A comparison first: some numbers have a billion digits when written out.
    if (isinstance(value, Decimal) and not value.is_finite()) or not 0 < value < 2**63:
        return None
    unit = next(unit for limit, unit in _UNITS if value < limit)
    # Of a float, the digits that it is written with: what they stand for is not what a float is times 1e9.
    ns = value * unit if isinstance(value, int) else int(Decimal(str(value)) * unit)
    return ns if ns < 2**63 else None


def _date(found: re.Match[str]) -> int | None:
    year, month, day, hour, minute = map(int, found.groups()[:5])
    try:
        moment = datetime(year, month, day, hour, minute, min(int(found[6] or 0), 59), tzinfo=timezone.utc)
        if (zone := found[8]) and zone not in "Zz":
            hours, minutes = int(zone[1:3]), int(zone[-2:])
            moment -= timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    except (ValueError, OverflowError):
        return None  # the 31st of February, the year 0
    passed = moment - _EPOCH
    ns = (passed.days * 86_400 + passed.seconds) * 10**9 + int((found[7] or "0").ljust(9, "0")[:9])
    return ns if 0 <= ns < 2**63 else None


def seconds_text(time_ns: int) -> str:
    """Write a time as a JSON number of seconds, with all its digits: a float would round it to 240 ns.

    Parameters
    ----------
    time_ns : int
        Nanoseconds since the epoch.

    Returns
    -------
    str

    Examples
    --------
    >>> seconds_text(1_700_000_000_123_456_789)
    '1700000000.123456789'
    """
    seconds, rest = divmod(time_ns, 10**9)
    return f"{seconds}.{rest:09}"
