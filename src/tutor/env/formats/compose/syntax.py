"""Values of Compose files that are written in a way of their own: ports, volumes, durations, sizes.

Each function takes a value without variables and returns it, as a number where Compose makes it one. It
raises ``ValueError``, with words for people, where Compose 2.40 refuses the value. Values of types that are
possible nowhere are left to the schema.
"""

from __future__ import annotations

import re
from typing import Any

_TRUE = frozenset(("true", "yes", "y", "on"))
_FALSE = frozenset(("false", "no", "n", "off"))
_WHOLE = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"[-+]?[0-7]+")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_UNITS |= {"d": 86_400, "w": 604_800}
_STEP = re.compile(rf"([0-9]+\.?[0-9]*|\.[0-9]+)({'|'.join(_UNITS)})")
_DURATION = re.compile(rf"[-+]?(({_STEP.pattern})+|0)")
#: Seconds that Go can count.
_LONGEST = 2**63 / 1e9
_SIZE = re.compile(r"([-+0-9._eE]*[0-9.]) ?(|b|[kmgtp](i?b)?)", re.IGNORECASE)
#: Quote, or what ends one → what it opens and closes, and inside of what it is a letter like others.
_QUOTES = {
    "'": ("'", frozenset('"$')),
    '"': ('"', frozenset("'$")),
    "`": ("`", frozenset("'\"$")),
    ")": ("$", frozenset("'\"`")),
}
_PORTS = re.compile(r"([0-9]+)(?:-([0-9]+)(?:-.*)?)?")


def truth(value: Any) -> Any:
    """True or false, also as the words that YAML 1.1 has for them."""
    if not isinstance(value, str):
        return value
    if value.lower() not in _TRUE | _FALSE:
        raise ValueError(f"{value!r} is neither true nor false")
    return value.lower() in _TRUE


def whole(value: Any) -> Any:
    """A whole number."""
    if not isinstance(value, str):
        return value
    if not _WHOLE.fullmatch(value) or not -(2**63) <= int(value) < 2**63:
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def natural(value: Any) -> Any:
    """A whole number from 0."""
    value = whole(value)
    if isinstance(value, (int, float)) and value < 0:
        raise ValueError(f"{value} is less than 0")
    return value


def natural_only(value: Any) -> Any:
    """A whole number from 0, not written as a text."""
    return natural(whole_only(value))


def whole_only(value: Any) -> Any:
    """A whole number, not written as a text."""
    if isinstance(value, str):
        raise ValueError(f"{value!r} is no number: leave the quotes out")  # noqa: TRY004 (it is in the file)
    return value


def count(value: Any) -> Any:
    """How many devices."""
    return value if isinstance(value, str) and value.lower() == "all" else whole(value)


def number(value: Any) -> Any:
    """A number."""
    if not isinstance(value, str):
        return value
    try:
        if not value.isspace() and value == value.strip():
            return float(value)
    except ValueError:
        pass
    raise ValueError(f"{value!r} is no number")


def duration(value: Any) -> Any:
    """A time span such as ``1m30s``."""
    if isinstance(value, str):
        steps = _STEP.findall(value) if _DURATION.fullmatch(value) else None
        if steps is None or sum(float(count) * _UNITS[unit] for count, unit in steps) > _LONGEST:
            raise ValueError(f"{value!r} is no duration such as 1m30s")
    return value


def size(value: Any) -> Any:
    """Bytes, such as ``512m``."""
    if isinstance(value, str):
        bytes_of(value)
    return value


def bytes_of(value: Any) -> float:
    """How many bytes a size is."""
    if not isinstance(value, str):
        return float(value)
    found = _SIZE.fullmatch(value)
    try:
        counted = float(found[1]) if found else -1
    except ValueError:
        counted = -1
    if found is None or counted < 0:
        raise ValueError(f"{value!r} is no size such as 512m")
    return counted * float(1024 ** "bkmgtp".index(found[2][:1].lower() or "b"))


def mode(value: Any) -> Any:
    """Rights of a file, such as ``0440``."""
    if isinstance(value, float) or (isinstance(value, str) and not _OCTAL.fullmatch(value)):
        raise ValueError(f"{value!r} is no octal number such as 0440")
    return value


def text_or_whole(value: Any) -> Any:
    """Not a number with a fraction."""
    if isinstance(value, float):
        raise ValueError(f"{value} is no whole number")  # noqa: TRY004 (it is in the file)
    return value


def text(value: Any) -> Any:
    """A text, and nothing else."""
    if value is None or isinstance(value, (bool, int, float)):
        raise ValueError(f"expected a text, not {'nothing' if value is None else str(value).lower()}")
    return value


def filled(value: Any) -> Any:
    """A text that is not empty."""
    if value == "":
        raise ValueError("it is empty")
    return value


def address(value: Any) -> Any:
    """An address of a machine."""
    if isinstance(value, str):
        from ipaddress import ip_address

        try:
            if "%" not in value:
                ip_address(value)
                return value
        except ValueError:
            pass
        raise ValueError(f"{value!r} is no IP address")
    return value


def port(value: Any) -> Any:
    """A port, or ``[ADDRESS:][PORTS:]PORTS[/PROTOCOL]``: where a container is reached from outside."""
    if isinstance(value, float):
        raise ValueError(f"{value} is no port")  # noqa: TRY004 (it is in the file)
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        return value
    rest, _, inside = str(value).rpartition(":")
    host, _, outside = rest.rpartition(":")
    inside, _, protocol = inside.partition("/")
    if protocol.lower() not in ("", "tcp", "udp", "sctp"):
        raise ValueError(f"{protocol!r} of {value!r} is no protocol: tcp, udp and sctp are")
    if host.startswith("["):
        host = host[1:].removesuffix("]")
    if host:
        address(host)
    first, last = _range(inside, value) if inside else (0, 0)
    if not first:
        raise ValueError(f"{value!r} has no port of the container")
    if outside:
        low, high = _range(outside, value)
        if first != last and high - low != last - first:
            raise ValueError(f"{value!r} has ranges of different lengths")
    return value


def _range(ports: str, value: Any) -> tuple[int, int]:
    found = _PORTS.fullmatch(ports)
    if not found or not ports.isascii():
        raise ValueError(f"{ports!r} of {value!r} is no port; write [ADDRESS:][PORT:]PORT[/PROTOCOL]")
    first, last = int(found[1]), int(found[2] or found[1])
    if max(first, last) > 65_535 or last < first:
        raise ValueError(f"{ports!r} of {value!r} goes beyond 65535, or backwards")
    return first, last


def volume(value: Any) -> Any:
    """``[SOURCE:]TARGET[:OPTIONS]``. A single letter before a colon is a drive of Windows."""
    if not isinstance(value, str):
        return value
    if not value:
        raise ValueError("the volume is empty")
    if len(value.encode()) > 2:  # Compose takes shorter ones as they are
        parts = re.findall(r"((?:[^\W\d_]:)?[^:]*):", f"{value}:")
        if "" in parts:
            raise ValueError(f"nothing stands beside a colon of volume {value!r}")
        if len(parts) > 3:
            raise ValueError(f"volume {value!r} has too many colons: it is [SOURCE:]TARGET[:OPTIONS]")
    return value


def command(value: Any) -> Any:
    """A command line, which Compose splits into words. It does not look at what follows one of ``;&|<>``."""
    if isinstance(value, str):
        wrong = _unsplittable(value)
        if wrong:
            raise ValueError(f"{wrong} in a text that Compose splits into words, as a shell does")
    return value


def _unsplittable(line: str) -> str | None:
    inside: set[str] = set()
    word = ""
    characters = iter(line)
    for character in characters:
        closes, kept_by = _QUOTES.get(character, ("", frozenset()))
        if character == "\\" and "'" not in inside:
            word += (after := next(characters, ""))
            if not after:
                return "nothing follows the last \\"
        elif not inside and character in " \t\r\n;&|<>":
            if character in ";&|<>":
                return None
            word = ""
        elif character == "(" and not inside & {"'", '"', "`"}:
            if "$" in inside or not word.endswith("$"):
                return "( is not in quotes"
            inside.add("$")
        elif closes and not inside & kept_by:
            inside ^= {closes}
        else:
            word += character
    return f"{min(inside)} is not closed".replace("$", "a parenthesis") if inside else None


def device(value: Any) -> Any:
    """``SOURCE[:TARGET[:PERMISSIONS]]``."""
    if isinstance(value, str) and value.count(":") > 2:
        raise ValueError(f"device {value!r} has too many colons: it is SOURCE[:TARGET[:PERMISSIONS]]")
    return value


def host(value: Any) -> Any:
    """``NAME=ADDRESS`` or ``NAME:ADDRESS``."""
    if isinstance(value, str):
        name, equal, _ = value.partition("=")
        if not equal:
            name, equal, _ = value.partition(":")
        if not equal or not name or ":" in name:
            raise ValueError(f"{value!r} is not like NAME:ADDRESS")
    return value


def pair(value: Any) -> Any:
    """``NAME=VALUE``."""
    if isinstance(value, str) and "=" not in value:
        raise ValueError(f"{value!r} is not like NAME=VALUE")
    return value


def ssh(value: Any) -> Any:
    """``default``, or ``NAME=PATH``."""
    return value if value == "default" else pair(value)
