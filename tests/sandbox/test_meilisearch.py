"""What Open edX asks of Meilisearch, with its own driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import meilisearch
import pytest
from meilisearch.errors import MeilisearchApiError

from tests.sandbox.conftest import free_port, running
from tests.settings_modules import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meilisearch.index import Index

MASTER = "a master key of 16 and more"
DOCUMENTS = [
    {
        "id": number,
        "org": "edX" if number % 2 else "MIT",
        "modified": number * 10,
        "tags": {"level": ["basic", "advanced"][number % 2 :]},
        "content": {"display_name": f"Course {number}"},
    }
    for number in range(5)
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[meilisearch.Client]:
    """A client of a server of its own."""
    folder, port = tmp_path_factory.mktemp("meilisearch"), free_port()
    environment = {
        "MEILI_MASTER_KEY": MASTER,
        "MEILI_DB_PATH": str(folder),
        "MEILI_HTTP_ADDR": f"127.0.0.1:{port}",
        "SANDBOX_MEILISEARCH": str(SANDBOX / "sandbox-meilisearch"),
    }
    with running("sandbox-meilisearch/meilisearch", port=port, log=folder / "log", **environment):
        yield meilisearch.Client(f"http://127.0.0.1:{port}", MASTER)


@pytest.fixture
def index(client: meilisearch.Client, request: pytest.FixtureRequest) -> Index:
    """An index of a few courses."""
    name = request.node.name.partition("[")[0]
    client.wait_for_task(client.create_index(name, {"primaryKey": "id"}).task_uid)
    found = client.index(name)
    found.update_filterable_attributes(["org", "tags", "modified"])
    found.update_sortable_attributes(["modified"])
    client.wait_for_task(found.add_documents(DOCUMENTS).task_uid)
    return found


def found(index: Index, **options: Any) -> list[int]:
    """The documents of a search."""
    return [hit["id"] for hit in index.search(options.pop("q", ""), options)["hits"]]


@pytest.mark.parametrize(
    ("rules", "documents"),
    [
        ('org = "edX"', [1, 3]),
        ("org = edX", [1, 3]),
        (['org = "edX"', "modified > 10"], [3]),
        ([["org = MIT", "modified = 30"]], [0, 2, 3, 4]),
        ('org IN ["MIT", "other"] AND NOT (modified >= 20)', [0]),
        ('tags.level = "basic"', [0, 2, 4]),
        ("tags.level EXISTS AND modified < 20", [0, 1]),
        ("modified NOT EXISTS OR org != MIT", [1, 3]),
    ],
)
def test_filters(index: Index, rules: Any, documents: list[int]) -> None:
    assert found(index, filter=rules) == documents


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"filter": "content.display_name = x"}, "invalid_search_filter"),
        ({"filter": "org ="}, "invalid_search_filter"),
        ({"filter": "(org = x"}, "invalid_search_filter"),
        ({"facets": ["content"]}, "invalid_search_facets"),
        ({"sort": ["org:asc"]}, "invalid_search_sort"),
    ],
)
def test_what_it_refuses(index: Index, options: dict[str, Any], code: str) -> None:
    with pytest.raises(MeilisearchApiError) as caught:
        index.search("", options)
    assert caught.value.code == code


def test_facets_ranks_and_orders(index: Index) -> None:
    answer = index.search("course", {"facets": ["org"], "showRankingScore": True, "sort": ["modified:desc"]})
    assert answer["facetDistribution"] == {"org": {"MIT": 3, "edX": 2}}
    assert [hit["id"] for hit in answer["hits"]] == [4, 3, 2, 1, 0]
    assert all(isinstance(hit["_rankingScore"], float) for hit in answer["hits"])


def test_statistics_have_fields(client: meilisearch.Client, index: Index) -> None:
    """A second initialisation of the platform reads them."""
    assert index.get_stats().number_of_documents == 5
    assert index.get_stats().field_distribution.org == 5
    assert client.get_all_stats()["indexes"][index.uid]["fieldDistribution"]["tags"] == 5


def test_documents_are_changed_and_deleted(client: meilisearch.Client, index: Index) -> None:
    index.update_documents([{"id": 1, "modified": 99}])
    assert index.get_document(1).org == "edX"
    client.wait_for_task(index.delete_documents(filter="modified = 99").task_uid)
    assert found(index) == [0, 2, 3, 4]


def test_settings_have_the_names_of_their_addresses(index: Index) -> None:
    assert index.get_filterable_attributes() == ["org", "tags", "modified"]
    assert index.get_settings()["sortableAttributes"] == ["modified"]
    index.reset_filterable_attributes()
    assert index.get_filterable_attributes() == []


def test_keys_open_what_they_are_for(client: meilisearch.Client, index: Index) -> None:
    key = client.create_key({"actions": ["search"], "indexes": ["*"], "expiresAt": None})
    other = meilisearch.Client(client.config.url, key.key)
    assert other.index(index.uid).search("course")["estimatedTotalHits"] == 5
    with pytest.raises(MeilisearchApiError):
        other.get_keys()
