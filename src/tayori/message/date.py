"""Dates of the header and of IMAP, by arithmetic alone. RFC 5322 sections 3.3 and 4.3, RFC 3501 section 9."""

import re
from datetime import date
from functools import lru_cache

DAY = 86400  # seconds
UNIX_EPOCH = date(1970, 1, 1).toordinal()
MAX_DATE = 512  # octets, comments included
LAST_DAY = date.max.toordinal()

MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
WEEKDAYS = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
_MONTH = {name.lower(): number for number, name in enumerate(MONTHS, 1)}

# RFC 5322 section 4.3, minutes; military and unknown zones count as -0000.
_ZONES = {
    b"est": -300,
    b"edt": -240,
    b"cst": -360,
    b"cdt": -300,
    b"mst": -420,
    b"mdt": -360,
    b"pst": -480,
    b"pdt": -420,
}
_ZONES |= {b"jst": 540, b"cet": 60, b"cest": 120, b"eet": 120, b"eest": 180, b"bst": 60}  # not in the RFC, but seen

# RFC 5322 section 3.3: date-time = [ day-of-week "," ] day month year hour ":" minute [ ":" second ] zone
# (white space wherever it may stand, hyphens and commas where they are seen; the zone may lack).
_DATE = re.compile(
    rb"\s*+(?:[A-Za-z]{2,9}+\.?\s*+,?\s*+)?(\d{1,2})[\s-]*+([A-Za-z]{3})[A-Za-z]*+\.?[\s,-]*+(\d{2,4})[\s,]++"
    rb"(\d{1,2})\s*+:\s*+(\d{1,2})(?:\s*+:\s*+(\d{1,2})(?:[.,]\d++)?)?\s*+(?:([+-])(\d\d):?(\d\d)(?!\d)|([A-Za-z]++))?"
)
# What C's asctime writes: Mon Nov 24 05:49:00 2026
_ASCTIME = re.compile(
    rb"\s*+(?:[A-Za-z]{3}\s++)?([A-Za-z]{3})\s++(\d{1,2})\s++(\d{1,2}):(\d\d):(\d\d)\s++(?:([A-Za-z]++|[+-]\d{4})\s++)?(\d{4})"
)
_COMMENT = re.compile(rb"\\.|\((?:[^()\\]++|\\.)*+\)")


def parse(value: bytes) -> tuple[int, int] | None:
    """Seconds since 1970 in UTC and the zone in minutes east, or None where there is no such date.

    b"Tue, 24 Nov 2026 05:49:00 +0900" gives (1795466940, 540).
    """
    value = value[:MAX_DATE]
    if b"(" in value:
        value = _without_comments(value)
    match = _DATE.match(value) or _DATE.match(_reordered(value))
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes, zone_name = match.groups()
    zone = _zone(sign, zone_hours, zone_minutes) if sign else _ZONES.get((zone_name or b"").lower(), 0)
    time = _seconds(int(hour), int(minute), int(second or 0))
    days = _days(_full_year(year), _MONTH.get(month.lower(), 0), int(day))
    if time is None or days is None:
        return None
    return days * DAY + time - zone * 60, zone


@lru_cache(64)  # many messages come in one second
def rfc5322(epoch: int, zone_minutes: int = 0) -> bytes:
    """b"Tue, 24 Nov 2026 05:49:00 +0900". RFC 5322 section 3.3."""
    day, hour, minute, second, zone = _local(epoch, zone_minutes)
    return b"%b, %02d %b %04d %02d:%02d:%02d %b" % (
        WEEKDAYS[day.weekday()],
        day.day,
        MONTHS[day.month - 1],
        day.year,
        hour,
        minute,
        second,
        zone,
    )


@lru_cache(64)
def internal_date(epoch: int, zone: int) -> bytes:
    """b"24-Nov-2026 05:49:00 +0900", a single-figure day with a space before it. RFC 3501 section 9, date-time."""
    day, hour, minute, second, shown_zone = _local(epoch, zone)
    month = MONTHS[day.month - 1]
    return b"%2d-%b-%04d %02d:%02d:%02d %b" % (day.day, month, day.year, hour, minute, second, shown_zone)


def _without_comments(value: bytes) -> bytes:
    """RFC 5322 section 3.2.2; nested comments from the inside out, a few deep."""
    for _ in range(3):
        value = _COMMENT.sub(b" ", value)
    return value


def _reordered(value: bytes) -> bytes:
    """What C's asctime writes, in the order of the RFC; anything else as it is."""
    asctime = _ASCTIME.match(value)
    if asctime is None:
        return value
    month, day, hour, minute, second, zone, year = asctime.groups()
    return b"%b %b %b %b:%b:%b %b" % (day, month, year, hour, minute, second, zone or b"+0000")


def _full_year(year: bytes) -> int:
    """RFC 5322 section 4.3: two figures below 50 are of this century, other two and all three are counted from 1900."""
    number = int(year)
    if len(year) > 3:
        return number
    return number + 2000 if len(year) == 2 and number < 50 else number + 1900


def _days(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - UNIX_EPOCH
    except ValueError:
        return None


def _seconds(hour: int, minute: int, second: int) -> int | None:
    """Seconds into the day; a leap second counts as the one before it."""
    if hour > 23 or minute > 59 or second > 60:
        return None
    return hour * 3600 + minute * 60 + min(second, 59)


def _zone(sign: bytes, hours: bytes, minutes: bytes) -> int:
    """Minutes east of Greenwich; what no clock shows counts as none."""
    east = int(hours) * 60 + int(minutes)
    if int(hours) > 23 or int(minutes) > 59:
        return 0
    return -east if sign == b"-" else east


def _local(epoch: int, zone: int) -> tuple[date, int, int, int, bytes]:
    """Day, hour, minute, second and zone as shown there; a day that no calendar has becomes the nearest it has."""
    days, seconds = divmod(epoch + zone * 60, DAY)
    day = date.fromordinal(min(max(days + UNIX_EPOCH, 1), LAST_DAY))
    hour, rest = divmod(seconds, 3600)
    shown = b"%c%02d%02d" % (b"-" if zone < 0 else b"+", *divmod(abs(zone), 60))
    return day, hour, rest // 60, rest % 60, shown
