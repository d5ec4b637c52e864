"""Work that consists of several steps: those that do not need each other are done at the same time."""

from __future__ import annotations

import concurrent.futures
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.engines.patience import patient, sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of work.

    Args:
        name: tells it from the others.
        begin: called right before it, in the thread of `together`.
        work: the work itself, in a thread of its own.
        done: called right after it, in the thread of `together`, if it did not raise.
        after: names of the steps that have to be done before.
        kind: of work; how many of a kind may be done at the same time is limited.
    """

    name: str
    begin: Callable[[], None]
    work: Callable[[], None]
    done: Callable[[], None] = lambda: None
    after: frozenset[str] = frozenset()
    kind: str = ""


def together(steps: Sequence[Step], limits: Mapping[str, int], *, stop_rest: bool = True) -> None:
    """Do steps, each as soon as those that it needs are done, in order of the list.

    When one fails, or we are told to stop, no other one begins, and we return when those that have begun are
    over.

    Args:
        steps: each behind those that it needs.
        limits: kind → steps of it that may be done at the same time; where all are 1, one step is.
        stop_rest: when a step fails, end the processes of the others, rather than wait for what they do.

    Raises:
        Exception: what the first step that failed has raised.
        KeyboardInterrupt: Ctrl-C was pressed.
        SystemExit: another signal came.
    """
    if len(steps) <= 1 or set(limits.values()) == {1}:
        for only in steps:  # in this thread: what waits in it can be interrupted
            only.begin()
            only.work()
            only.done()
        return
    with patient() as patience, concurrent.futures.ThreadPoolExecutor(len(steps)) as pool:
        waiting = list(steps)
        running: dict[concurrent.futures.Future[None], Step] = {}
        failure: BaseException | None = None
        while True:
            while failure is None and not patience.received:
                step = _next(waiting, running.values(), limits)
                if step is None:
                    break
                waiting.remove(step)
                step.begin()
                running[pool.submit(sharing(patience).run, step.work)] = step
            if not running:
                break
            found = _ended(running)
            failure = failure or found
            if failure is not None and stop_rest:
                patience.stop()
        patience.end()
        if failure is not None:
            raise failure


def _ended(running: dict[concurrent.futures.Future[None], Step]) -> BaseException | None:
    """Wait until a step has ended, and take it from those that run."""
    ended = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED).done
    failure = None
    for future in ended:
        step = running.pop(future)
        error = future.exception()
        if error is None:
            step.done()
        failure = failure or error
    return failure


def _next(waiting: Sequence[Step], running: Collection[Step], limits: Mapping[str, int]) -> Step | None:
    """The first step that can begin now."""
    before = {step.name for step in running}
    kinds = [step.kind for step in running]
    for step in waiting:
        free = step.kind not in limits or kinds.count(step.kind) < limits[step.kind]
        if free and not step.after & before:
            return step
        before.add(step.name)
    return None
