"""What Open edX asks of MongoDB, with its own driver."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import gridfs
import pymongo
import pytest

from tests.sandbox.conftest import free_port, running
from tests.settings_modules import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

#: An identity that is a document, as those of files of old courses are.
OLD = {"tag": "c4x", "org": "edX", "course": "Demo", "category": "asset", "name": "a.png"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pymongo.MongoClient[Any]]:
    """A client of a server of its own."""
    folder, port = tmp_path_factory.mktemp("mongodb"), free_port()
    options = ("--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port))
    server = running("sandbox-mongodb/nx_dotted.py", *options, port=port, log=folder / "log")
    with server, pymongo.MongoClient("127.0.0.1", port, serverSelectionTimeoutMS=10000) as found:
        yield found


@pytest.fixture
def database(client: pymongo.MongoClient[Any], request: pytest.FixtureRequest) -> Database[Any]:
    """A database for each test."""
    return client[re.sub(r"\W", "_", request.node.name)]


def test_structures_of_courses(database: Database[Any]) -> None:
    """Collections with dots: modulestore.structures, modulestore.definitions, modulestore.active_versions."""
    structures = database["modulestore.structures"]
    first = structures.insert_one({"root": ["course", "c"], "blocks": [{"block_id": "c"}]}).inserted_id
    structures.insert_many([{"previous_version": first, "edited_on": n} for n in range(3)])
    assert structures.find_one({"_id": first})["blocks"] == [{"block_id": "c"}]
    assert structures.count_documents({"previous_version": {"$in": [first]}}) == 3
    assert [d["edited_on"] for d in structures.find({"previous_version": first}).sort("edited_on", -1)] == [
        2,
        1,
        0,
    ]
    versions = database["modulestore.active_versions"]
    versions.create_index([("org", 1), ("course", 1), ("run", 1)], unique=True)
    course = {"org": "edX", "course": "Demo", "run": "1"}
    versions.insert_one({**course, "versions": {"draft-branch": first}})
    with pytest.raises(pymongo.errors.DuplicateKeyError):
        versions.insert_one(dict(course))
    versions.replace_one(course, {**course, "versions": {"published-branch": first}})
    assert versions.find_one(course)["versions"] == {"published-branch": first}
    assert set(database.list_collection_names()) == {"modulestore.structures", "modulestore.active_versions"}


@pytest.mark.parametrize(
    "identity", ["asset-v1:edX+Demo+1+type@asset+block@a.png", OLD], ids=["text", "document"]
)
def test_files_of_courses(database: Database[Any], identity: Any) -> None:
    """GridFS, whose files have identities of the platform's own, and thumbnails beside them."""
    files = gridfs.GridFS(database)
    content = os.urandom(600_000)
    with files.new_file(_id=identity, filename="a.png", contentType="image/png", locked=False) as file:
        file.write(content)
    found = files.get(identity)
    assert (found.read(), found._id, found.contentType) == (content, identity, "image/png")
    assert database.fs.files.find_one({"_id": identity})["locked"] is False
    database.fs.files.update_one({"_id": identity}, {"$set": {"locked": True}})
    assert files.get(identity).locked is True
    files.delete(identity)
    assert not files.exists(identity)
    assert database.fs.chunks.count_documents({}) == 0


def test_files_are_found_by_parts_of_their_identity(database: Database[Any]) -> None:
    for name in ("a.png", "b.png"):
        gridfs.GridFS(database).put(io.BytesIO(b"x"), _id={**OLD, "name": name})
    found = database.fs.files.find({"_id.org": "edX", "_id.name": "b.png"})
    assert [file["_id"]["name"] for file in found] == ["b.png"]


def test_a_dump_has_indexes_and_identities(client: pymongo.MongoClient[Any]) -> None:
    """Secondary indexes are in it: without them, a restored platform is slow, and its keys are not unique."""
    database = client["dumped"]
    database["modulestore.active_versions"].create_index([("org", 1), ("run", 1)], unique=True)
    database["modulestore.active_versions"].insert_one({"org": "edX", "run": "1"})
    gridfs.GridFS(database).put(b"content", _id=OLD)
    options = ["--archive", "--host=127.0.0.1", f"--port={client.address[1]}"]
    dump = subprocess.run(
        [sys.executable, SANDBOX / "sandbox-mongodb/mongodump", *options], capture_output=True, check=True
    ).stdout
    client.drop_database("dumped")
    subprocess.run(
        [sys.executable, SANDBOX / "sandbox-mongodb/mongorestore", *options, "--drop"], input=dump, check=True
    )
    assert gridfs.GridFS(database).get(OLD).read() == b"content"
    with pytest.raises(pymongo.errors.DuplicateKeyError):
        database["modulestore.active_versions"].insert_one({"org": "edX", "run": "1"})
