"""`tutor k8s`, as far as it goes without a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import fingerprint, write
from tutor.commands.k8s import k8s

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

#: Those of `tutor local`: their help is looked at there.
SHARED = {"do", "init"}


def test_help(session: Session, golden: Callable[[Session], None]) -> None:
    """Read it as a newcomer would."""
    session.process("k8s", "--help")
    for name in k8s.commands:
        if name not in SHARED:
            session.process("k8s", name, "--help")
    golden(session)


def test_it_has_the_commands_that_operators_know() -> None:
    """Those that go on, come back, and say how it is."""
    known = "launch quickstart start stop reboot delete init do exec logs scale status wait apply upgrade"
    assert set(k8s.commands) == set(known.split())


def test_without_a_cluster_nothing_is_changed(
    session: Session, kubectl: str, golden: Callable[[Session], None]
) -> None:
    """What needs a cluster says first that there is none, and how to get to one."""
    del kubectl
    nowhere = {"KUBECONFIG": str(write(session.root.parent / "kubeconfig", ""))}
    before = fingerprint(session.root)
    for words in (
        ["launch", "-I"],
        ["launch", "--dry-run"],
        ["start"],
        ["do", "init"],
        ["delete"],
        ["status"],
    ):
        session.tutor("k8s", *words, code=1, env=nowhere)
        assert fingerprint(session.root) == before
    session.tutor("config", "save", "--set", "K8S_CONTEXT=production")
    session.tutor("k8s", "launch", "-I", code=1, env=nowhere)
    golden(session)
