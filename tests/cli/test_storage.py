"""A disk that refuses, a second process, files of others: nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit import Session

    Golden = Callable[[Session], None]


def mount(folder: Path, options: str) -> None:
    """Put a small file system in memory on a folder."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this user cannot mount")


@pytest.fixture
def small_disk(session: Session) -> Iterator[Path]:
    """The project lies on a disk of its own, which is small."""
    copy = session.root.rename(session.root.parent / "copy")
    session.root.mkdir()
    mount(session.root, "size=2m,mode=0755")
    try:
        shutil.copytree(copy, session.root, dirs_exist_ok=True)
        yield session.root
    finally:
        subprocess.run(["umount", str(session.root)], check=True)


def test_read_only_disk(session: Session, small_disk: Path, golden: Golden) -> None:
    """Reading goes on, changing is one message."""
    distribution(session.site, "myapp", 'patches = {"lms-env": "A: 1"}\n')
    before = project_state(session.root)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    session.tutor("config", "printvalue", "LMS_HOST")
    session.tutor("plugins", "list")
    session.tutor("config", "save", "--set", "PLATFORM_NAME=New", code=1)
    session.tutor("plugins", "enable", "myapp", code=1)
    session.tutor("plugins", "enable", "--no-save", "myapp", code=1)
    assert project_state(session.root) == before
    golden(session)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_folder(session: Session) -> None:
    """The same without a mount."""
    before = project_state(session.root)
    session.root.chmod(0o500)
    shutil.rmtree(session.root / ".tutor", ignore_errors=True)
    try:
        result = session.tutor("config", "save", "--set", "PLATFORM_NAME=New", code=1)
        assert "permission is denied" in result.err
    finally:
        session.root.chmod(0o700)
    assert project_state(session.root) == before


def test_full_disk(session: Session, small_disk: Path, golden: Golden) -> None:
    """No room for the change: everything stays, and there is no rubbish that takes the rest of the room."""
    distribution(
        session.site,
        "myapp",
        """
        from pathlib import Path
        templates = str(Path(__file__).parent / "templates")
        patches = {"lms-env": "A: 1"}
        """,
        files={"templates/myapp/apps/big.txt": "0123456789abcdef\n" * 100_000},
    )
    before = project_state(session.root)
    free = os.statvfs(small_disk)
    (small_disk / "other-data").write_bytes(b"x" * (free.f_bavail * free.f_frsize - 1_000_000))
    session.tutor("plugins", "enable", "myapp", code=1)
    assert project_state(session.root) == before
    session.tutor("config", "printvalue", "LMS_HOST")
    session.tutor("plugins", "list")
    session.tutor("config", "save", "--set", "ATLAS_OPTIONS=--there-is-room")
    golden(session)


@pytest.mark.parametrize("left", [0, 4096, 8192, 16384, 32768, 65536])
def test_disk_that_fills_up_on_the_way(left: int, session: Session, small_disk: Path) -> None:
    """Whatever is the write that fails."""
    before = project_state(session.root)
    free = os.statvfs(small_disk)
    (small_disk / "other-data").write_bytes(b"x" * (free.f_bavail * free.f_frsize - left))
    result = session.tutor("config", "save", "--set", "LMS_HOST=other.example.com", code=1)
    assert "the disk is full" in result.err
    assert project_state(session.root) == before
    (small_disk / "other-data").unlink()
    session.tutor("config", "save", "--set", "LMS_HOST=other.example.com")
    assert session.tutor("config", "printvalue", "LMS_HOST").out == "other.example.com\n"


def test_root_cannot_be_made(empty_session: Session) -> None:
    """Its parent is a file, or it is one itself."""
    write(empty_session.root, "a file")
    assert "Error:" in empty_session.tutor("config", "save", code=1).err
    empty_session.root = empty_session.root / "below"
    assert "Error:" in empty_session.tutor("config", "save", code=1).err


def test_two_saves_at_once(session: Session, golden: Golden) -> None:
    """The second says who is at it; the first completes."""
    flag, go_on = session.root.parent / "started", session.root.parent / "go-on"
    distribution(
        session.site,
        "slow",
        f"""
        import time
        from pathlib import Path

        Path({str(flag)!r}).touch()
        for _ in range(600):
            if Path({str(go_on)!r}).exists():
                break
            time.sleep(0.05)
        patches = {{"lms-env": "SLOW: 1"}}
        """,
    )
    before = project_state(session.root)
    first = subprocess.Popen(
        [sys.executable, "-m", "tutor", "plugins", "enable", "slow"],
        env=session.variables({}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(600):
            if flag.exists():
                break
            time.sleep(0.05)
        session.tutor("config", "save", "--set", "PLATFORM_NAME=Second", code=1)
        session.tutor("plugins", "disable", "--no-save", "slow")
        session.tutor("config", "printvalue", "PLATFORM_NAME")
        assert project_state(session.root) == before
    finally:
        go_on.touch()
        _, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    text = (session.root / "config.yml").read_text()
    assert "- slow\n" in text
    assert "Second" not in text
    assert "SLOW: 1" in (session.root / "env/apps/openedx/config/lms.env.yml").read_text()
    golden(session)


def test_a_killed_process_leaves_no_lock(session: Session) -> None:
    """The kernel frees it."""
    flag = session.root.parent / "started"
    distribution(session.site, "slow", f"import time\nopen({str(flag)!r}, 'w').close()\ntime.sleep(60)\n")
    first = subprocess.Popen(
        [sys.executable, "-m", "tutor", "plugins", "enable", "slow"], env=session.variables({})
    )
    for _ in range(600):
        if flag.exists():
            break
        time.sleep(0.05)
    first.kill()
    first.wait()
    session.tutor("config", "save")


def test_foreign_files_stay(session: Session) -> None:
    """What is not ours is never touched, unless `--clean` asks for it."""
    mine = write(session.root / "env/apps/openedx/mine.txt", "mine\n")
    also = write(session.root / "env/my-folder/script.sh", "#!/bin/sh\n")
    session.tutor("config", "save")
    session.tutor("config", "save", "--set", "LMS_HOST=other.example.com")
    assert mine.read_text() == "mine\n"
    assert also.exists()
    session.tutor("config", "save", "--clean")
    assert not mine.exists()
    assert not also.parent.exists()


def test_files_edited_by_hand_are_kept(session: Session, golden: Golden) -> None:
    """The edit is overwritten, as it must be, and kept and named."""
    path = session.root / "env/apps/redis/redis.conf"
    ours = path.read_text()
    path.write_text(f"{ours}# my change\n")
    session.tutor("config", "save")
    assert path.read_text() == ours
    assert (session.root / ".tutor/edited/apps/redis/redis.conf").read_text() == f"{ours}# my change\n"
    golden(session)


def test_stale_files_of_a_plugin_are_removed(session: Session) -> None:
    """Enabling and disabling gives back the environment byte for byte, folders included."""
    distribution(
        session.site,
        "myapp",
        """
        from pathlib import Path
        templates = str(Path(__file__).parent / "templates")
        patches = {"lms-env": "A: 1", "openedx-lms-common-settings": "B = 2"}
        hooks = {"init": ["lms"]}
        """,
        files={
            "templates/myapp/apps/a/b.txt": "{{ LMS_HOST }}",
            "templates/myapp/build/app/Dockerfile": "FROM docker.io/debian\n",
            "templates/myapp/hooks/lms/init": "echo hello\n",
        },
    )
    session.tutor("config", "save", "--set", "PLUGINS=[]")
    before = project_state(session.root)
    session.tutor("plugins", "enable", "myapp")
    assert (session.root / "env/plugins/myapp/apps/a/b.txt").read_text() == "local.openedx.io\n"
    assert project_state(session.root) != before
    session.tutor("plugins", "disable", "myapp")
    assert project_state(session.root) == before


@pytest.mark.parametrize(
    "name", ["with space", "Größe-日本", "a'quote", "per%cent", "dollar$HOME", "{{ brace }}"]
)
def test_names_of_roots(name: str, session: Session) -> None:
    """Roots with names that scripts and YAML stumble over."""
    session.root = session.root.rename(session.root.with_name(name))
    session.tutor("config", "save", "--set", "PLATFORM_NAME=New")
    assert session.tutor("config", "printroot").out == f"{session.root}\n"
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "New\n"


def test_root_is_a_link(session: Session) -> None:
    """A link to a folder on a larger disk."""
    real = session.root.rename(session.root.with_name("large"))
    session.root.symlink_to(real)
    session.tutor("config", "save", "--set", "PLATFORM_NAME=New")
    assert session.root.is_symlink()
    assert session.tutor("config", "printroot").out == f"{session.root}\n"
    assert "PLATFORM_NAME: New\n" in (real / "config.yml").read_text()


def test_a_folder_where_a_file_belongs(session: Session) -> None:
    """Somebody, such as a container runtime, made a folder of the name of our file."""
    path = session.root / "env/apps/redis/redis.conf"
    path.unlink()
    path.mkdir()
    before = project_state(session.root)
    result = session.tutor("config", "save", code=1)
    assert str(path) in result.err
    assert project_state(session.root) == before


def test_a_file_where_a_folder_belongs(session: Session) -> None:
    """The other way round."""
    folder = session.root / "env/apps/redis"
    shutil.rmtree(folder)
    folder.write_text("a file\n")
    before = project_state(session.root)
    result = session.tutor("config", "save", code=1)
    assert str(folder) in result.err
    assert project_state(session.root) == before


def test_permissions_whatever_the_umask(empty_session: Session) -> None:
    """Settings are the user's alone; what is mounted can be read by the containers' users."""
    old = os.umask(0o077)
    try:
        empty_session.tutor("config", "save")
    finally:
        os.umask(old)
    root = empty_session.root
    assert (root / "config.yml").stat().st_mode & 0o777 == 0o600
    assert (root / "env").stat().st_mode & 0o777 == 0o700
    assert (root / "env/apps/openedx").stat().st_mode & 0o777 == 0o755
    assert (root / "env/version").stat().st_mode & 0o777 == 0o644
    assert (root / ".tutor").stat().st_mode & 0o777 == 0o700


def test_permissions_are_put_right(session: Session) -> None:
    """Also where an older release left them open."""
    (session.root / "config.yml").chmod(0o644)
    (session.root / "env").chmod(0o755)
    session.tutor("config", "save", "--set", "PLATFORM_NAME=New")
    assert (session.root / "config.yml").stat().st_mode & 0o777 == 0o600
    assert (session.root / "env").stat().st_mode & 0o777 == 0o700


def test_output_to_a_full_disk(session: Session) -> None:
    """Is no bug of ours."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tutor", "config", "printvalue", "LMS_HOST"],
            env=session.variables({}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "Error: No space left on device, when writing the output\n"


def test_output_that_nobody_reads(session: Session) -> None:
    """`tutor … | head -0`."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m tutor --help | true; exit ${{PIPESTATUS[0]}}"],
        env=session.variables({}),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode in (0, 1)
