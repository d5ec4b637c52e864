"""The platform's size reaches every service of the Compose files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor import serialize
from tutor.config import sizes

if TYPE_CHECKING:
    from tests.kit import Session

FILES = (
    "local/docker-compose.yml",
    "local/docker-compose.prod.yml",
    "local/docker-compose.jobs.yml",
    "dev/docker-compose.yml",
)


def services(session: Session) -> dict[str, dict[str, Any]]:
    """Services of the Compose files, each laid over the one before."""
    found: dict[str, dict[str, Any]] = {}
    for name in FILES:
        content = serialize.load((session.root / "env" / name).read_bytes())
        for service, keys in content["services"].items():
            found[service] = {**found.get(service, {}), **keys}
    return found


def test_every_service_has_limits(session: Session) -> None:
    found = services(session)
    assert set(found) == set(sizes.SERVICES)
    for name, service in found.items():
        share = sizes.SIZES["small"].shares[name]
        assert service["mem_limit"] == f"{share.memory}m", name
        assert service["cpu_quota"] == share.cpu * 100, name


def test_the_size_and_one_limit_of_its_own(session: Session) -> None:
    session.tutor("config", "save", "--set", "PLATFORM_SIZE=large", "--set", "MYSQL_MEMORY_LIMIT=20Gi")
    found = services(session)
    assert found["mysql"]["mem_limit"] == "20480m"
    assert found["mysql"]["cpu_quota"] == 800000
    assert found["lms"]["mem_limit"] == "12288m"
    assert found["lms-worker"]["environment"]["CELERY_WORKER_CONCURRENCY"] == "8"
    assert found["meilisearch"]["environment"]["MEILI_MAX_INDEXING_MEMORY"] == "2048MiB"


def test_no_limit(session: Session) -> None:
    words = ("MEILISEARCH_MEMORY_LIMIT=none", "LMS_MEMORY_LIMIT=none", "LMS_CPU_LIMIT=none")
    session.tutor("config", "save", *(part for word in words for part in ("--set", word)))
    found = services(session)
    assert "mem_limit" not in found["meilisearch"]
    assert "MEILI_MAX_INDEXING_MEMORY" not in found["meilisearch"]["environment"]
    assert not {"mem_limit", "cpu_quota"} & set(found["lms"])
    assert found["cms"]["mem_limit"] == "3072m"


def test_a_limit_shows_its_value(session: Session) -> None:
    assert session.tutor("config", "printvalue", "LMS_MEMORY_LIMIT").out.strip() == "3072Mi"
    out = session.tutor("config", "save", "--set", "LMS_MEMORY_LIMIT=12", code=1).err
    assert "expected a size such as 512Mi or 2Gi, or none" in out
    assert (
        "expected one of small, medium, large"
        in session.tutor("config", "save", "--set", "PLATFORM_SIZE=huge", code=1).err
    )
