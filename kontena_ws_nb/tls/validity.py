"""The clock for the validity of certificates, and durations as text."""

from __future__ import annotations

import datetime


def now() -> datetime.datetime:
    """Return the current time (UTC); replaced in tests.

    Returns
    -------
    datetime.datetime
    """
    return datetime.datetime.now(datetime.timezone.utc)


def span(delta: datetime.timedelta) -> str:
    """Write a duration in days, or in hours and minutes if it is less than a day.

    Parameters
    ----------
    delta : datetime.timedelta
        Not negative.

    Returns
    -------
    str
        Such as ``"79 days"``, ``"3 h 20 min"``.
    """
    if delta.days:
        return f"{delta.days} day{'' if delta.days == 1 else 's'}"
    hours, minutes = delta.seconds // 3600, delta.seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
