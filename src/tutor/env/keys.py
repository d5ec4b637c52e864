"""The numbers of an RSA key, read and written without the libraries that know everything about such keys.

Templates want the numbers of the platform's key, and importing a library takes longer than rendering
all of them. The form that we write keys in (PKCS #1, RFC 8017, A.1.2) is nine integers in a row: those are
read and written here. Making a key, keys in another form, keys in which anything is odd, and whatever else
somebody asks a key for, are the libraries'.
"""

from __future__ import annotations

import binascii
import contextlib
import functools
import math
import os
import re
from typing import TYPE_CHECKING, Any

from tutor.core import cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from Crypto.PublicKey.RSA import RsaKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_BEGIN, _END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
_PEM = re.compile(rf"\s*{_BEGIN}\n([A-Za-z0-9+/\n]+={{0,2}})\n{_END}\s*")
_SEQUENCE, _INTEGER = 0x30, 0x02
#: Characters of the longest key that is read here; to check a longer one takes its time.
_LONGEST = 8000
#: Keys that were made by this process, or for it.
_trusted: set[str] = set()


class Key:
    """An RSA key for templates: the numbers of a private one by name; all else is the library's to answer.

    Args:
        pem: the text that it was read from.
        numbers: modulus ``n``, exponents ``e`` and ``d``, factors ``p`` and ``q``, and ``u``, the inverse of
            ``p`` modulo ``q``: named as `Crypto.PublicKey.RSA.RsaKey` names them.
    """

    def __init__(self, pem: str, **numbers: int) -> None:
        self.__dict__.update(numbers, _pem=pem)

    def __getattr__(self, name: str) -> Any:
        return getattr(of_library(self._pem), name)

    def __eq__(self, other: object) -> bool:
        return bool(of_library(self._pem) == (of_library(other._pem) if isinstance(other, Key) else other))

    def __hash__(self) -> int:
        return hash(self._pem)

    def __str__(self) -> str:
        return str(of_library(self._pem))


@functools.lru_cache(maxsize=8)  # whether it is a key takes long to find out, and several files ask for one
def rsa_import_key(key: str) -> Any:
    """The RSA key that a PEM text holds, with the attributes of `Crypto.PublicKey.RSA.RsaKey`.

    Raises:
        ValueError: there is none in it, or its numbers do not belong together.
    """
    numbers = _numbers(key)
    return of_library(key) if numbers is None else Key(key, **numbers)


def trust(key: str) -> str:
    """Take the numbers of a key for right, since the library has just made it. Returns the key."""
    _trusted.add(key)
    return key


def new(bits: int) -> str:
    """A new RSA key, as PEM text (PKCS #1).

    Raises:
        ValueError: the library finds that too few bits.
    """
    made = _made(bits).private_numbers()
    public = made.public_numbers
    return written(0, public.n, public.e, made.d, made.p, made.q, made.dmp1, made.dmq1, made.iqmp)


def _made(bits: int) -> RSAPrivateKey:
    # The public module checks the two numbers and asks the extension module that is inside of the library,
    # which takes a quarter of the time to import.
    if bits >= 1024:
        with contextlib.suppress(ImportError, AttributeError, TypeError):
            from cryptography.hazmat.bindings._rust import openssl

            return openssl.rsa.generate_private_key(65537, bits)
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, bits)


def written(*numbers: int) -> str:
    """The PEM text of a key: its version, 0, and the eight numbers of PKCS #1, none of which is negative."""
    integers = (_encoded(_INTEGER, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers)
    content = _encoded(_SEQUENCE, b"".join(integers))
    lines = [binascii.b2a_base64(content[start : start + 48]) for start in range(0, len(content), 48)]
    return f"{_BEGIN}\n{b''.join(lines).decode()}{_END}"


def _encoded(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


@functools.lru_cache(maxsize=8)
def of_library(key: str) -> RsaKey:
    """The RSA key that a PEM text holds, as the library has it.

    Raises:
        ValueError: as for `rsa_import_key`.
    """
    from Crypto.PublicKey import RSA

    return RSA.import_key(key.encode())


def _numbers(key: str) -> dict[str, int] | None:
    """The numbers of a private key; ``None`` where the library has to tell what is in the text."""
    found = _PEM.fullmatch(key) if len(key) <= _LONGEST else None
    if found is None:
        return None
    try:
        version, n, e, d, p, q, *derived = _integers(binascii.a2b_base64(found[1]))
        right = version == 0 and _is_right(key, n, e, d, p, q)
        # Those that are there so that nobody needs to compute them (dP, dQ and qInv of the RFC).
        if not right or derived != [d % (p - 1), d % (q - 1), pow(q, -1, p)]:
            return None
        return {"n": n, "e": e, "d": d, "p": p, "q": q, "u": pow(p, -1, q)}
    except (ValueError, IndexError):
        return None


def _integers(content: bytes) -> Iterator[int]:
    """The integers in a sequence of positive ones, encoded by the rules of X.690 (DER)."""
    content, rest = _element(content, _SEQUENCE)
    if rest:
        raise ValueError(rest)
    while content:
        number, content = _element(content, _INTEGER)
        if number[0] & 0x80 or (len(number) > 1 and not number[0] and not number[1] & 0x80):
            raise ValueError(number)  # a negative one, or one with zeros in front
        yield int.from_bytes(number, "big")


def _element(content: bytes, tag: int) -> tuple[bytes, bytes]:
    """What is in the first element, which has to bear the tag, and what comes behind it."""
    start, length = 2, content[1]
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(content[2:start], "big")
        if length < 0x80 or not content[2]:
            raise ValueError(length)  # a length that is shorter otherwise
    if content[0] != tag or len(content) < start + length:
        raise ValueError(tag)
    return content[start : start + length], content[start + length :]


def _is_right(key: str, *numbers: int) -> bool:
    """Whether numbers belong together: for each key it is found out once, because it takes long."""
    folder = cache.user_folder("keys")
    path = os.path.join(folder, cache.digest(key).hex()) if folder else ""
    if folder and cache.read(path) is True:
        return True
    right = key in _trusted or _belong_together(*numbers)
    if folder and right:
        cache.write(path, True)
        cache.tidy(folder)
    return right


def _belong_together(n: int, e: int, d: int, p: int, q: int) -> bool:
    """Whether numbers are those of a key: what the library asks too before it believes them."""
    if not (1 < e < n and 1 < d < n and p > 2 and q > 2 and p * q == n):
        return False
    if e * d % math.lcm(p - 1, q - 1) != 1:
        return False
    # Fermat's test: no number that somebody mistakes for a prime passes it.
    return pow(2, p - 1, p) == 1 and pow(2, q - 1, q) == 1
