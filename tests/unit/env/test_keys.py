"""Numbers of RSA keys: the same as the library's, for keys of all forms, and the same refusals."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from Crypto.IO import PEM
from Crypto.PublicKey import RSA
from Crypto.Util.asn1 import DerSequence
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tutor import utils
from tutor.env import keys
from tutor.env.helpers import FILTERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ("n", "e", "d", "p", "q", "u")


@pytest.fixture(scope="module")
def pem() -> str:
    """A key as it is generated for a platform."""
    key: str = FILTERS["rsa_private_key"](2048)
    return key


def numbers(key: Any) -> list[int]:
    """What templates read."""
    return [int(getattr(key, name)) for name in NAMES]


def outcome(read: Callable[[str], Any], key: str) -> Any:
    """The numbers of a key, or the refusal."""
    try:
        return numbers(read(key))
    except (ValueError, IndexError, TypeError, ZeroDivisionError) as error:
        return type(error), str(error)


def test_the_same_numbers(pem: str) -> None:
    """Without the library for the form that we write, with it for the others."""
    expected = numbers(RSA.import_key(pem))
    key = keys.rsa_import_key(pem)
    assert isinstance(key, keys.Key)
    assert numbers(key) == expected
    for other in (RSA.import_key(pem).export_key(pkcs=8).decode(), pem.replace("\n", "\r\n")):
        assert numbers(keys.rsa_import_key(other)) == expected
    for bits in (1024, 1032, 3072):
        pem = RSA.generate(bits).export_key().decode()
        key = keys.rsa_import_key(pem)
        assert isinstance(key, keys.Key)
        assert numbers(key) == numbers(RSA.import_key(pem))


def test_all_else_is_the_librarys(pem: str) -> None:
    """Whatever a plugin asks a key for; and Python gets the library's own object."""
    library, key = RSA.import_key(pem), keys.rsa_import_key(pem)
    assert key.export_key() == library.export_key()
    assert key.public_key() == library.public_key()
    assert key.has_private()
    assert key.size_in_bits() == 2048
    assert (key.dp, key.dq, key.invq) == (library.dp, library.dq, library.invq)
    assert key == library
    assert key != library.public_key()
    assert str(key).startswith("Private RSA key")
    with pytest.raises(AttributeError, match="nonsense"):
        _ = key.nonsense
    assert type(utils.rsa_import_key(pem)) is RSA.RsaKey


def test_the_same_refusals(pem: str) -> None:
    """A key of which a letter was changed, or lines are missing, is as wrong as it is to the library."""
    chance = random.Random(7)
    lines = pem.split("\n")
    spoilt = [
        "",
        "nonsense",
        pem[:-3],
        "\n".join(lines[:5] + lines[6:]),
        pem.replace("RSA PRIVATE", "PUBLIC"),
    ]
    for _ in range(60):
        place = chance.randrange(40, len(pem) - 40)
        spoilt.append(pem[:place] + chance.choice("AZaz09+/=\n") + pem[place + 1 :])
    for key in spoilt:
        assert outcome(keys.rsa_import_key, key) == outcome(RSA.import_key, key)
    assert any(isinstance(outcome(RSA.import_key, key), tuple) for key in spoilt)


def test_numbers_that_do_not_belong_together(pem: str) -> None:
    """They are refused as by the library, factors that are no primes too."""
    n, e, d, p, q, u = numbers(RSA.import_key(pem))
    rest = (d % (p - 1), d % (q - 1), pow(q, -1, p))
    assert isinstance(keys.rsa_import_key(keys.written(0, n, e, d, p, q, *rest)), keys.Key)
    composite = next(p * k for k in (3, 5, 7, 11, 13) if math.gcd(e, p * k - 1) == 1)
    inverse = pow(e, -1, math.lcm(composite - 1, q - 1))
    wrong = [
        (1, n, e, d, p, q, *rest),
        (0, n, e, d + 2, p, q, *rest),
        (0, n + 2, e, d, p, q, *rest),
        (0, n, 1, d, p, q, *rest),
        (0, n, e, d, 1, n, *rest),
        (0, p * p, e, pow(e, -1, p - 1), p, p, *rest),
        (0, n, e, d, p, q, *rest, 5),
        (0, n, e, d, p),
        (
            0,
            *(composite * q, e, inverse, composite, q),
            *(inverse % (composite - 1), inverse % (q - 1), pow(q, -1, composite)),
        ),
    ]
    for integers in wrong:
        key = keys.written(*integers)
        assert outcome(keys.rsa_import_key, key) == outcome(RSA.import_key, key)
        assert isinstance(outcome(keys.rsa_import_key, key), tuple)
    # What the library does not look at is no reason for a refusal, only for asking it.
    key = keys.written(0, n, e, d, p, q, 1, 1, 1)
    assert not isinstance(keys.rsa_import_key(key), keys.Key)
    assert numbers(keys.rsa_import_key(key)) == [n, e, d, p, q, u]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """Sizes of the keys whose numbers are looked at, with nothing known of any."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(keys, "_trusted", set())
    sizes: list[int] = []
    check = keys._belong_together

    def counted(n: int, *others: int) -> bool:
        sizes.append(n.bit_length())
        return check(n, *others)

    monkeypatch.setattr(keys, "_belong_together", counted)
    return sizes


def read_anew(pem: str) -> Any:
    """A key as another process reads it."""
    keys.rsa_import_key.cache_clear()
    return keys.rsa_import_key(pem)


def test_a_key_is_checked_once(checked: list[int], pem: str, tmp_path: Path) -> None:
    """By all processes of a user: what is kept is that it is right, and nothing of it."""
    expected = numbers(RSA.import_key(pem))
    for _ in range(3):
        assert numbers(read_anew(pem)) == expected
    assert checked == [2048]
    (path,) = (tmp_path / "tutor/keys").iterdir()
    assert (path.stat().st_mode & 0o777, path.stat().st_size < 100) == (0o600, True)
    path.chmod(0o666)
    assert numbers(read_anew(pem)) == expected
    path.write_bytes(b"nonsense")
    assert numbers(read_anew(pem)) == expected
    assert checked == [2048] * 3


def test_a_new_key_is_not_checked(checked: list[int]) -> None:
    """Nor when the next process reads it."""
    key = FILTERS["rsa_private_key"](1024)
    read_anew(key)
    keys._trusted.clear()
    read_anew(key)
    assert checked == []


def test_a_wrong_key_stays_wrong(checked: list[int], pem: str) -> None:
    """However often it is read, and although only one of its numbers is."""
    n, e, d, p, q, _ = numbers(RSA.import_key(pem))
    read_anew(pem)
    wrong = keys.written(0, n, e, d + 2, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    for _ in range(2):
        with pytest.raises(ValueError, match="RSA"):
            read_anew(wrong)
    assert len(checked) == 3


@pytest.mark.parametrize("bits", [1024, 1025, 1032, 2048, 2050, 3072, 4096])
def test_a_key_is_written_as_the_library_writes_it(bits: int) -> None:
    """Byte for byte, whatever the sizes of its numbers."""
    for _ in range(8 if bits < 2048 else 2):
        key = rsa.generate_private_key(65537, bits)
        expected = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        private = key.private_numbers()
        public = private.public_numbers
        numbers = (private.d, private.p, private.q, private.dmp1, private.dmq1, private.iqmp)
        assert keys.written(0, public.n, public.e, *numbers) == expected.decode().strip()


@pytest.mark.parametrize("numbers", [(0,), (0, 127, 128, 255, 256), (1 << 1015, 0), (1 << 8 * 70000,)])
def test_numbers_of_all_lengths_are_written_by_the_rules(numbers: tuple[int, ...]) -> None:
    """Those whose first bit is set get a zero in front; long lengths tell how long they are."""
    content = PEM.decode(keys.written(*numbers))[0]
    assert DerSequence().decode(content, strict=True)[:] == list(numbers)


def test_a_new_key() -> None:
    """Of the size asked for, right, and another one each time."""
    for bits in (1024, 2048, 3072):
        key, other = (RSA.import_key(keys.new(bits)) for _ in range(2))
        assert (key.size_in_bits(), key.e, key.has_private()) == (bits, 65537, True)
        assert not {key.p, key.q} & {other.p, other.q}


def test_a_release_of_the_library_that_is_another_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it promises is enough to make a key."""
    inside = "cryptography.hazmat.bindings._rust"
    for module in (ModuleType(inside), SimpleNamespace(openssl=SimpleNamespace())):
        monkeypatch.setitem(sys.modules, inside, module)
        assert RSA.import_key(keys.new(2048)).size_in_bits() == 2048


def test_too_few_bits() -> None:
    """The library says so."""
    for bits in (0, -1, 64, 511):
        with pytest.raises(ValueError, match="key_size"):
            keys.new(bits)


def test_the_library_is_not_imported(pem: str) -> None:
    """Its import takes longer than rendering. To make a key, only what makes it is."""
    script = (
        "import sys; from tutor.env import keys; assert keys.rsa_import_key(sys.argv[1]).u; "
        "assert not {'Crypto', 'cryptography', 'cffi'} & set(sys.modules); "
        "keys.new(2048); assert not {'Crypto', 'cryptography.hazmat.primitives'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, pem], check=True)
