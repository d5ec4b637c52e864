"""Named tuples, defined in no time."""

from __future__ import annotations

import copy
import pickle
from typing import NamedTuple

import pytest

from tutor.core.named import Named


class Point(Named):
    """One with defaults."""

    x: int
    y: int = 2
    name: str = "here"

    @property
    def sum(self) -> int:
        """What subclasses add stays."""
        return self.x + self.y


class Peer(NamedTuple):
    """The same, Python's."""

    x: int
    y: int = 2
    name: str = "here"


class Lone(Named):
    """Fields are a class's own."""

    only: int


@pytest.mark.parametrize(
    ("values", "named"),
    [((1,), {}), ((1, 5), {"name": "a"}), ((1, 2, "b"), {}), ((), {"name": "c", "x": 0}), ((), {"x": 4})],
)
def test_they_are_made_as_named_tuples_are(values: tuple[int, ...], named: dict[str, object]) -> None:
    """And look, unpack and compare like them."""
    ours, peer = Point(*values, **named), Peer(*values, **named)  # type: ignore[arg-type]  # on purpose
    assert tuple(ours) == tuple(peer)
    assert hash(ours) == hash(peer)
    assert repr(ours) == repr(peer).replace("Peer", "Point")
    assert (ours.x, ours.y, ours.name, ours.sum) == (peer.x, peer.y, peer.name, peer.x + peer.y)
    assert tuple(ours._replace(x=9)) == tuple(peer._replace(x=9))
    assert ours._asdict() == peer._asdict()
    for same in (copy.copy(ours), copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert (same, type(same)) == (ours, Point)


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1, 2, "a", 4), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((), {"y": 1})]
)
def test_a_wrong_number_of_values_is_refused(values: tuple[int, ...], named: dict[str, object]) -> None:
    """As for named tuples."""
    for kind in (Point, Peer):
        with pytest.raises(TypeError):
            kind(*values, **named)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(TypeError):
        Point(1)._replace(z=1)


def test_they_do_not_change() -> None:
    """Nor does one get names of another."""
    with pytest.raises(AttributeError):
        Point(1).x = 2  # type: ignore[misc]  # on purpose
    assert (Lone(1).only, Lone._fields, Point._fields) == (1, ("only",), ("x", "y", "name"))
    match Point(1):
        case Point(x, y):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("no match")
