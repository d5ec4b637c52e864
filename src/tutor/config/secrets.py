"""Knowing which settings are secret, and showing the value of one. Texts: `tutor.config.masking`."""

from __future__ import annotations

import re
from typing import Any

from tutor.config.table import core_settings

MASK = "********"
# Words that make the name of a setting that of a secret: some wherever they stand, some at its end only:
# all settings of the plugin credentials begin with one.
_WORDS = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN)S?(_|$)|"
    r"(^|_)(PASS|PWD|PW|PASSCODE|CREDENTIAL|COOKIE|APIKEY|BEARER|SALT|DSN)S?$"
)
# A key is one, unless it is a public one.
_KEY = re.compile(r"(^|_)(?<!PUBLIC_)(?<!PUB_)KEYS?$")
# The last word of a name that says something about a secret, or where it is.
_ABOUT = re.compile(
    r"_(AGE|ALGORITHM|CLASS|COUNT|DAYS|DIR|DIRECTORY|DOMAIN|ENABLED|EXPIRATION|EXPIRY|FIELD|FILE|FOLDER|FORMAT|"
    r"HASHERS?|HEADER|HOURS|HTTPONLY|ID|LENGTH|LIFETIME|MAX|MIN|MINUTES|NAME|PATH|POLICY|PREFIX|PROVIDER|RATE|"
    r"REQUIRED|RESET|SAMESITE|SECONDS|SECURE|SIZE|TIMEOUT|TTL|TYPE|URL|USERNAME|VALIDATORS|VERSION)$"
)
#: What stands before the host of an address: a password, with or without a name.
CREDENTIALS = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]*://(?:[^\s/@:'\"]*:)?)(?!\*{8}@)[^\s/@'\"{$]+@")


def is_secret(name: str) -> bool:
    """Whether a setting must not be shown: declared so by the core, or named so by a plugin or a user."""
    setting = core_settings().get(name)
    if setting is not None:
        return setting.secret
    upper = name.upper()
    return not _ABOUT.search(upper) and bool(_WORDS.search(upper) or _KEY.search(upper))


def shown(name: str, value: Any) -> str:
    """The value of a setting as it may be printed: short, with a mask for a secret."""
    if is_secret(name) and value not in (None, "") and not isinstance(value, bool):
        return MASK
    text = CREDENTIALS.sub(rf"\1{MASK}@", written(value))
    return text if len(text) <= 80 else text[:77] + "…"


def written(value: Any) -> str:
    """A value as text on one line, with whatever is secret in it: to compare, not to show."""
    if isinstance(value, str):
        return value
    from tutor.serialize import one_line

    return one_line(value)
