"""The clock that certificates are judged by, and lengths of time in words."""

from __future__ import annotations

import datetime


def now() -> datetime.datetime:
    """Tell the time validity is judged by (UTC); one place, so that tests can set it.

    Returns
    -------
    datetime.datetime
    """
    return datetime.datetime.now(datetime.timezone.utc)


def span(delta: datetime.timedelta) -> str:
    """Write a length of time in the largest unit that says something.

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
