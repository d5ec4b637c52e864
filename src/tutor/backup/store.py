"""Work on folders and volumes, done by containers: the files belong to users that exist only there.

Before new data is put into a place, the old is moved into a folder inside of it. That folder's name tells how
far this has come, so that whatever was killed can be taken up again or undone, without any other notes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.exceptions import BackupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tutor.backup.places import Place
    from tutor.engines.find import Engine
    from tutor.engines.run import Result, Runner

#: Where the old data is: ``.new`` while it is moved there, ``.back`` while it is moved back.
ASIDE = ".before-restore"
LABEL = "tutor.backup"
#: What `tar` ends with when files changed while it read them, which is fine where services go on.
_CHANGED = 1

_SIZES = """
for place; do du -sk "$place" | cut -f1; done
"""


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """Something that is done to places as a whole.

    Args:
        verb: what places cannot, when it fails.
        script: run with the paths of the places as arguments.
    """

    verb: str
    script: str


#: All that is in a place except for the folders aside. `find` does not tell that a command failed: whoever
#: moves or removes entries has to look what is left.
_PRELUDE = f"""
set -e
aside={ASIDE}
entries() {{ # PLACE TEST...: go through the entries
    within=$1
    shift
    find "$within" -mindepth 1 -maxdepth 1 \\
        ! -name "$aside" ! -name "$aside.new" ! -name "$aside.back" "$@"
}}
empty() {{
    left=$(entries "$1" -print)
    if [ -n "$left" ]; then
        echo "these are in the way: $left" >&2
        exit 1
    fi
}}
"""
#: Empty places, and keep what was in them. It does no harm to do it again.
MOVE_ASIDE = Rearrangement(
    "be moved aside",
    """
for place; do
    if [ -d "$place/$aside" ]; then continue; fi
    if [ -d "$place/$aside.back" ]; then mv "$place/$aside.back" "$place/$aside.new"; fi
    mkdir -p "$place/$aside.new"
    chmod 700 "$place/$aside.new"
    entries "$place" -exec mv {} "$place/$aside.new/" \\;
    empty "$place"
    mv "$place/$aside.new" "$place/$aside"
done
""",
)
#: Remove what came into places after the old data was moved aside.
CLEAN = Rearrangement(
    "be emptied",
    """
for place; do
    if [ -d "$place/$aside" ]; then
        entries "$place" -exec rm -rf {} \\;
        empty "$place"
    fi
done
""",
)
#: Put back what was moved aside, in place of whatever came since.
UNDO = Rearrangement(
    "be put back",
    """
for place; do
    if [ -d "$place/$aside" ]; then
        entries "$place" -exec rm -rf {} \\;
        empty "$place"
        mv "$place/$aside" "$place/$aside.back"
    fi
    for old in "$place/$aside.new" "$place/$aside.back"; do
        if [ -d "$old" ]; then
            find "$old" -mindepth 1 -maxdepth 1 -exec mv {} "$place/" \\;
            rmdir "$old"
        fi
    done
done
""",
)
#: Remove what was moved aside.
COMMIT = Rearrangement(
    "be tidied up",
    """
sync
for place; do rm -rf "$place/$aside" "$place/$aside.new" "$place/$aside.back"; done
""",
)


@dataclass(frozen=True, slots=True)
class Store:
    """The places of a platform, and the image in whose containers work on them is done.

    Args:
        runner: runs the containers.
        engine: where.
        image: has a shell, `find`, `du` and `tar`.
        owner: tells containers of this project from those of others.
    """

    runner: Runner
    engine: Engine
    image: str
    owner: str

    def sizes(self, places: Sequence[Place]) -> dict[str, int]:
        """Bytes on disk of each place, by name.

        Raises:
            BackupError: the engine refuses.
        """
        if not places:
            return {}
        output: list[bytes] = []
        self._demand(places, "be measured", _SIZES, sink=output.append)
        numbers = b"".join(output).split()
        return {place.name: int(number) * 1024 for place, number in zip(places, numbers, strict=True)}

    def pack(
        self, place: Place, exclude: Iterable[str], sink: Callable[[bytes], object], *, live: bool
    ) -> str | None:
        """Write the files of a place as a tar.

        Args:
            place: what to read.
            exclude: patterns that are left out.
            sink: takes the tar, piece by piece.
            live: whether files may change meanwhile.

        Returns:
            What changed while it was read, if something did.

        Raises:
            BackupError: something cannot be read.
        """
        excluded = [f"--exclude=./{ASIDE}*", *(f"--exclude={pattern}" for pattern in exclude)]
        argv = self._command([place], ["tar", *excluded, "--numeric-owner", "-cf", "-", "-C"], after=["."])
        result = self.runner.pipe(argv, sink=sink, environment=self.engine.environment)
        if result.code == _CHANGED and live:
            return result.reason
        self._check(result, place.name, "be copied")
        return None

    def unpack(self, place: Place, source: Iterable[bytes]) -> None:
        """Write the files of a tar into a place.

        Raises:
            BackupError: they cannot be written.
        """
        argv = self._command([place], ["tar", "--numeric-owner", "-xpf", "-", "-C"], stdin=True)
        result = self.runner.pipe(argv, source=source, environment=self.engine.environment)
        self._check(result, place.name, "be written")

    def rearrange(self, places: Sequence[Place], what: Rearrangement) -> None:
        """Do something to places as a whole.

        Raises:
            BackupError: the engine refuses.
        """
        self._demand(places, what.verb, _PRELUDE + what.script)

    def stop_leftovers(self) -> None:
        """Remove containers of a run that was killed: they may still write."""
        argv = [*self.engine.command, "ps", "--all", "--quiet", "--filter", f"label={LABEL}={self.owner}"]
        found = self.runner.capture(argv, environment=self.engine.environment).output.split()
        if found:
            argv = [*self.engine.command, "rm", "--force", *found]
            self.runner.capture(argv, environment=self.engine.environment)

    @contextlib.contextmanager
    def paused(self, containers: Sequence[str]) -> Iterator[bool]:
        """Halt containers for a while; they go on also when this process is killed.

        Yields:
            Whether they are halted: not every engine can do that.
        """
        if not containers:
            yield True
            return
        engine = self.engine
        with self.runner.promised([*engine.command, "unpause", *containers], environment=engine.environment):
            argv = [*engine.command, "pause", *containers]
            yield self.runner.capture(argv, environment=engine.environment).code == 0

    def _demand(
        self,
        places: Sequence[Place],
        verb: str,
        script: str,
        sink: Callable[[bytes], object] | None = None,
    ) -> None:
        if not places:
            return
        argv = self._command(places, ["sh", "-c", script, "sh"])
        result = self.runner.pipe(argv, sink=sink, environment=self.engine.environment)
        self._check(result, ", ".join(place.name for place in places), verb)

    def _command(
        self,
        places: Sequence[Place],
        command: Sequence[str],
        *,
        after: Sequence[str] = (),
        stdin: bool = False,
    ) -> list[str]:
        """A command in a new container as root, with the paths of the places as last arguments."""
        options = ["--rm", "--network", "none", "--user", "0", "--log-driver", "none", "--init"]
        options += ["--security-opt", "label=disable", "--label", f"{LABEL}={self.owner}"]
        options += ["--interactive"] if stdin else []
        targets = [f"/places/{number}" for number in range(len(places))]
        for place, target in zip(places, targets, strict=True):
            options += ["--volume", f"{place.source}:{target}"]
        program, *arguments = command
        options += ["--entrypoint", program]
        return [*self.engine.command, "run", *options, self.image, *arguments, *targets, *after]

    def _check(self, result: Result, name: str, verb: str) -> None:
        if result.code:
            raise BackupError(
                f"{name} cannot {verb}: {result.reason}",
                where=f"a container of image {self.image}",
                excerpt="\n".join(result.errors.splitlines()[-10:]) or None,
                hint="df -h, docker info; then again",
            )
