"""Filters and functions of templates. Their names and signatures are an interface that plugins use.

Nothing here knows about a project; what does is bound in `tutor.env.jinja`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import TYPE_CHECKING, Any

from tutor.env import keys
from tutor.env.keys import rsa_import_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


#: Bytes of a password that bcrypt reads.
_BCRYPT_BYTES = 72
# White space, and the marks of origin that a patch starts and ends with.
_MARKS = " \t" + "".join(map(chr, range(0x10F800, 0x10F820)))
# An item of a list, behind the marks of origin that a patch starts with.
_LIST_ITEM = re.compile(r"^\s*([\U0010f800-\U0010f81f]*)-\s+(\S+)\s*$")


# A value that is followed by a comma at the end of its line.
_ENDS_WITH_COMMA = re.compile(r",[ \t]*$", re.MULTILINE)


# The address of a site in a Caddyfile, as the platform and plugins write it.
_SITE = re.compile(r"([A-Za-z0-9_*][A-Za-z0-9_.-]*)(?=\{\$default_site_port\})")


def caddy_hosts(text: str) -> list[str]:
    """The hosts of the sites in a part of a Caddyfile, each once."""
    return list(dict.fromkeys(_SITE.findall(text)))


def common_domain(d1: str, d2: str) -> str:
    """The domain that two host names share: ``a.x.org`` and ``b.x.org`` give ``x.org``."""
    common: list[str] = []
    for left, right in zip(reversed(d1.split(".")), reversed(d2.split(".")), strict=False):
        if left != right:
            break
        common.insert(0, left)
    return ".".join(common)


def encrypt(text: str) -> str:
    """A bcrypt hash of a password, as web servers read it: of its first 72 bytes, which is all it takes."""
    from Crypto.Protocol.KDF import bcrypt

    return bcrypt(text.encode()[:_BCRYPT_BYTES], 12).decode()


def verify_encrypted(encrypted: str, text: str) -> bool:
    """Whether a text is the one that `encrypt` was given."""
    from Crypto.Protocol.KDF import bcrypt_check

    try:
        bcrypt_check(text.encode()[:_BCRYPT_BYTES], encrypted.encode())
    except ValueError:
        return False
    return True


def json_members(text: str) -> str:
    """YAML of what plugins put into files that were JSON before 2021: members of an object, with commas.

    Text that is meant as YAML as it stands is left alone. ``"A": true,`` is YAML too, of another value: the
    text ``true,``. So a text is members of an object where it can be read so and has a comma at the end of a
    line.
    """
    import yaml

    from tutor import serialize

    if not _ENDS_WITH_COMMA.search(text):
        return text
    try:
        members = serialize.load("{" + text.strip().strip(",") + "}")
    except yaml.YAMLError:
        return text
    return str(serialize.dumps(members))


def list_items(text: str) -> str:
    """Items of a YAML list, from lines that may lack their dash, as plugins of 2019 have them."""
    lines = (line if line.lstrip(_MARKS).startswith("-") else _dashed(line) for line in text.splitlines())
    return "\n".join(lines)


def _dashed(line: str) -> str:
    item = line.lstrip()
    return f"{line[: len(line) - len(item)]}- {item}" if item.strip(_MARKS) else line


def list_if(services: Iterable[tuple[str, bool]]) -> str:
    """A JSON list of the names whose condition holds; JSON is YAML too."""
    return json.dumps([name for name, condition in services if condition])


def long_to_base64(n: int) -> str:
    """A number in URL-safe base64 without padding, as JSON Web Keys have it (RFC 7518, 6.3)."""
    import base64

    content = n.to_bytes((n.bit_length() + 7) // 8 or 1, "big")
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def random_string(length: int) -> str:
    """A text of random letters and digits, fit for a password."""
    import secrets
    import string

    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def reverse_host(domain: str) -> str:
    """``a.x.org`` gives ``org.x.a``."""
    return ".".join(reversed(domain.split(".")))


def rsa_private_key(bits: int = 2048) -> str:
    """A new RSA key, as PEM text (PKCS #1)."""
    from tutor.env import key_maker

    return keys.trust(key_maker.take(bits) or keys.new(bits))


def uuid(size: int = 4) -> str:  # noqa: ARG001 (the version's number; only 4 is random)
    """A new random UUID."""
    # As RFC 9562 has it (5.4). The standard library's module for it asks which system this is first.
    content = bytearray(os.urandom(16))
    content[6] = content[6] & 0x0F | 0x40
    content[8] = content[8] & 0x3F | 0x80
    digits = content.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def uid_master_hash(master_key: str, uid: str) -> str:
    """The API key that Meilisearch derives from its master key and a key's UUID: HMAC-SHA-256."""
    import hashlib
    import hmac

    return hmac.new(master_key.encode(), uid.encode(), hashlib.sha256).hexdigest()


def depends_on(text: str) -> str:
    """Entries of a Compose ``depends_on`` mapping, from the list or mapping that plugins give.

    Plugins write ``- service``, the short form. The platform's services wait for health, which takes the
    long form, and the two cannot be mixed.
    """
    return "\n".join(
        _LIST_ITEM.sub(r"\1\2: {condition: service_started}", line) for line in text.splitlines()
    )


def python_literal(value: Any) -> str:
    """A value as Python source."""
    return repr(value)


def shell_quote(value: Any) -> str:
    """A value as one word of a shell command."""
    return shlex.quote(str(value))


FILTERS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        caddy_hosts,
        common_domain,
        depends_on,
        encrypt,
        list_items,
        list_if,
        long_to_base64,
        python_literal,
        random_string,
        reverse_host,
        rsa_import_key,
        rsa_private_key,
        shell_quote,
        uid_master_hash,
        uuid,
    )
}
