# Create the key with which LMS and CMS use the search engine, unless it works already.
# Secrets come from the environment.
python - <<'PYTHON'
import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = {{ MEILISEARCH_URL|python_literal }}.rstrip("/")
KEY_UID = {{ MEILISEARCH_API_KEY_UID|python_literal }}
INDEXES = {{ (MEILISEARCH_INDEX_PREFIX ~ "*")|python_literal }}


def call(path, key, data=None):
    """Return the status of the answer, and the answer."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    body = None if data is None else json.dumps(data).encode()
    try:
        with urlopen(Request(URL + path, body, headers), timeout=10) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def call_when_ready(*arguments):
    for attempt in range(120):
        try:
            return call(*arguments)
        except OSError as error:
            reason = error
        if attempt % 20 == 0:
            print(f"Meilisearch: waiting for the server ({attempt // 2} of 60 seconds)...", flush=True)
        time.sleep(0.5)
    sys.exit(f"Meilisearch at {URL} did not answer during a minute: {reason}")


api_key, master_key = os.environ["MEILISEARCH_API_KEY"], os.environ["MEILISEARCH_MASTER_KEY"]
status, answer = call_when_ready("/indexes?limit=1", api_key)
if status == 200:
    print("Meilisearch: the key of LMS and CMS works.")
    sys.exit()
print("Meilisearch: creating the key of LMS and CMS...")
status, answer = call(
    "/keys",
    master_key,
    {
        "uid": KEY_UID,
        "name": "Open edX",
        "description": "Used by LMS and CMS",
        "actions": ["*"],
        "indexes": [INDEXES],
        "expiresAt": None,
    },
)
if status not in (200, 201, 409):  # 409: it is there
    sys.exit(f"Meilisearch did not create the key: {status} {answer}")
status, answer = call("/indexes?limit=1", api_key)
if status != 200:
    sys.exit(f"Meilisearch does not know MEILISEARCH_API_KEY, which has to go with MEILISEARCH_MASTER_KEY: {status} {answer}")
PYTHON
