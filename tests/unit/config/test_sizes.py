"""Memory and CPU by the size of the platform."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tutor.config import sizes
from tutor.config.settings import core
from tutor.config.table import core_settings
from tutor.config.values import check
from tutor.core.hooks import Layer, Origin
from tutor.env.render import Renderer
from tutor.exceptions import ConfigError


def resources(service: str, **settings: Any) -> sizes.Resources:
    """What a service gets by these settings of the user."""
    found = core()
    for name, value in settings.items():
        found.add(name, value, Origin(Layer.CONFIG_FILE))
    return sizes.resources(service, Renderer(found).settings.__getitem__)


def test_each_size_has_the_same_services_and_grows() -> None:
    names = list(sizes.SIZES)
    for smaller, larger in itertools.pairwise(names):
        assert tuple(sizes.SIZES[larger].shares) == sizes.SERVICES
        assert sizes.SIZES[smaller].workers < sizes.SIZES[larger].workers
        for service, share in sizes.SIZES[larger].shares.items():
            before = sizes.SIZES[smaller].shares[service]
            assert share.memory >= before.memory
            assert share.cpu >= before.cpu


@pytest.mark.parametrize("size", sizes.SIZES)
@pytest.mark.parametrize("service", sizes.SERVICES)
def test_requests_are_below_limits(service: str, size: str) -> None:
    share = sizes.SIZES[size].shares[service]
    assert 0 < share.memory_request <= share.memory
    assert 0 < share.cpu_request <= share.cpu


def test_the_size_decides() -> None:
    assert resources("mysql").compose == {"mem_limit": "2048m", "cpu_quota": 200000}
    assert resources("mysql", PLATFORM_SIZE="large").compose == {"mem_limit": "16384m", "cpu_quota": 800000}
    assert resources("lms").kubernetes == {
        "requests": {"memory": "2Gi", "cpu": "250m"},
        "limits": {"memory": "3Gi", "cpu": "2"},
    }


def test_a_limit_of_the_user_wins() -> None:
    found = resources("lms-worker", LMS_WORKER_MEMORY_LIMIT="3g", LMS_WORKER_CPU_LIMIT=0.5)
    assert found.compose == {"mem_limit": "3072m", "cpu_quota": 50000}


def test_a_request_never_exceeds_its_limit() -> None:
    found = resources("lms", LMS_MEMORY_LIMIT="512Mi", LMS_CPU_LIMIT="100m")
    assert found.kubernetes["requests"] == found.kubernetes["limits"] == {"memory": "512Mi", "cpu": "100m"}


def test_there_may_be_no_limit() -> None:
    found = resources("redis", REDIS_MEMORY_LIMIT="none", REDIS_CPU_LIMIT="none")
    assert found.compose == {}
    assert found.kubernetes == {"requests": {"memory": "64Mi", "cpu": "50m"}}


def test_an_unknown_service_is_named() -> None:
    with pytest.raises(LookupError, match="no size of the service lmz: lms, cms,"):
        resources("lmz")


@pytest.mark.parametrize(
    ("text", "mebibytes"), [("512Mi", 512), ("512m", 512), ("2Gi", 2048), ("2g", 2048), ("none", None)]
)
def test_memory(text: str, mebibytes: int | None) -> None:
    assert check(core_settings()["LMS_MEMORY_LIMIT"], text) == text
    assert sizes.mebibytes(text) == mebibytes


@pytest.mark.parametrize(
    ("text", "thousandths"), [("2", 2000), ("1.5", 1500), ("500m", 500), ("0.001", 10), ("none", None)]
)
def test_cpu(text: str, thousandths: int | None) -> None:
    assert check(core_settings()["LMS_CPU_LIMIT"], text) == text
    assert sizes.thousandths(text) == thousandths


@pytest.mark.parametrize("text", ["", "0", "0Mi", "512", "2 Gi", "2T", "-1Gi", "lots"])
def test_not_memory(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a size such as 512Mi or 2Gi, or none"):
        check(core_settings()["LMS_MEMORY_LIMIT"], text)


@pytest.mark.parametrize("text", ["", "0", "0.0", "0m", "1,5", "1.5m", "-1"])
def test_not_cpu(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a number of CPUs"):
        check(core_settings()["LMS_CPU_LIMIT"], text)
