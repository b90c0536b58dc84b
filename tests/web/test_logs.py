import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.test import Client

from web import logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_a_line_is_json_with_the_id_that_the_answer_names(client: Client, lines: io.StringIO) -> None:
    response = client.get("/nowhere/?email=ada@example.org")
    line = json.loads(lines.getvalue())
    assert line["request"] == response["X-Request-ID"]
    assert line["at"].endswith("+00:00")
    assert (line["level"], line["logger"], line["status"]) == ("WARNING", "django.request", 404)
    assert line["message"] == "Not Found: /nowhere/"
    assert "ada@" not in lines.getvalue()


@pytest.mark.django_db
def test_a_line_stays_one_line(client: Client, lines: io.StringIO) -> None:
    client.get("/no%0Awhere%0d%0aERROR/")
    assert lines.getvalue().count("\n") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"), [("abcdef-123456", True), ("x", False), ("a b c d e f g h", False), ("", False)]
)
def test_a_proxys_id_is_kept_if_it_looks_like_one(client: Client, given: str, kept: bool) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": given})
    assert (response["X-Request-ID"] == given) == kept
    assert len(response["X-Request-ID"]) >= 8


def test_a_trace_is_part_of_the_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("cairn").exception("It broke")
    assert "ValueError: no" in json.loads(lines.getvalue())["trace"]
