"""Hashes, from the modules of Python that `hashlib` falls back on: it loads OpenSSL, which takes long.

The functions are the same (`hashlib.sha256`, `hashlib.blake2b`). Where Python is built without those
modules, they are those of `hashlib`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import blake2b, sha256
else:
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    try:
        from _sha2 import sha256  # of 3.12 and later
    except ImportError:
        try:
            from _sha256 import sha256
        except ImportError:
            from hashlib import sha256

__all__ = ["blake2b", "sha256"]


def sha256_of(content: bytes) -> str:
    """SHA-256 of a content, in hexadecimal digits."""
    return sha256(content).hexdigest()
