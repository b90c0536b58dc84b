"""A whole run against a server that misbehaves in every way."""

import datetime as dt
import fcntl
import time
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from roadmap import outline
from roadmap.models import LinkCheck, Resource, Roadmap, Skill
from tests.factories import NOW, make_resource, make_trail
from tests.misbehaving import HOSTS, IDN, UNKNOWN, UNSURE_NAME, Server, name_hosts, self_signed, serve
from tests.processes import several
from tests.roadmap import runner

pytestmark = pytest.mark.django_db
ONE, TWO, FORBIDS, SLOW_ROBOTS, ODD_ROBOTS = HOSTS
OPTIONS = ["--host-delay=0", "--timeout=0.5", "--allow-private=127.0.0.0/8"]
EXPECTED = {
    **dict.fromkeys(["/200", "/204", "/for-now", "/303", "/charset", "/get-only-405", "/get-only-404"], "fine"),
    **dict.fromkeys(["/get-only-hangs-in-body", "/get-only-endless", "/get-only-hangs", "/200#part"], "fine"),
    **dict.fromkeys(["/chain", "/then-for-now", "/umlaut"], "moved"),
    **dict.fromkeys(["/401", "/402", "/403", "/418", "/429", "/451", "/999", "/300", "/nowhere"], "unsure"),
    **dict.fromkeys(["/loop", "/long-chain"], "unsure"),
    **dict.fromkeys(["/404", "/410", "/500", "/503", "/lost", "/script", "/file", "/unreadable"], "failing"),
    **dict.fromkeys(["/metadata", "/inside", "/hangs", "/drips", "/closes", "/not-http"], "failing"),
    **dict.fromkeys(["/huge-header", "/many-headers"], "failing"),
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    name_hosts(monkeypatch)
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path


@pytest.fixture
def skill(db: None) -> Skill:
    make_trail(1)
    Resource.objects.all().delete()
    return Skill.objects.get()


def add(skill: Skill, *urls: str) -> None:
    for url in urls:
        make_resource(skill, url=url)


def run(*options: str) -> str:
    said = StringIO()
    call_command("checklinks", *OPTIONS, *options, stdout=said)
    return said.getvalue()


def yesterday() -> None:
    """What was found was found a day ago."""
    for check in LinkCheck.objects.all():
        check.at -= dt.timedelta(days=1)
        check.failed_on = check.failed_on and check.failed_on - dt.timedelta(days=1)
        check.save()


def test_every_way_to_misbehave(server: Server, skill: Skill, tmp_path: Path) -> None:
    with serve(self_signed(tmp_path, ONE)) as tls:
        expected = {server.at(path): outcome for path, outcome in EXPECTED.items()}
        expected |= {
            server.at("/200", TWO): "fine",
            server.at("/200", IDN): "fine",
            server.at("/200", SLOW_ROBOTS): "fine",
            server.at("/200", ODD_ROBOTS): "fine",
            server.at("/private", FORBIDS): "unsure",
            server.at("/404", SLOW_ROBOTS): "failing",
            tls.at("/200"): "failing",
            f"https://{UNKNOWN}/": "failing",
            f"https://{UNSURE_NAME}/": "unsure",
            "http://inside.example/": "failing",
            "http://10.0.0.1/": "failing",
        }
        add(skill, *expected)
        began = time.monotonic()
        said = run()
        took = time.monotonic() - began
        assert dict(LinkCheck.objects.values_list("resource__url", "outcome")) == expected
        counts = Counter(expected.values())
        assert said.splitlines()[-1] == (
            f"Links: {len(expected)} checked; {counts['fine']} fine, {counts['moved']} moved, "
            f"{counts['unsure']} not sure, {counts['failing']} failing, 0 dead."
        )
        there = Resource.objects.filter(checked_on=timezone.localdate(None, dt.UTC))
        assert set(there.values_list("url", flat=True)) == {
            url for url, outcome in expected.items() if outcome in ("fine", "moved")
        }
        assert all(LinkCheck.objects.filter(outcome__in=["unsure", "failing"]).values_list("detail", flat=True))
        assert took < 60

        yesterday()
        said = run()
        dead = {url for url, outcome in expected.items() if outcome == "failing"}
        assert set(LinkCheck.objects.filter(outcome="dead").values_list("resource__url", flat=True)) == dead
        assert f"Dead, on “Skill 1”: {server.at('/404')} It answers 404 (Not Found).\n" in said


def test_says_what_is_wrong_and_on_asking_more(server: Server, skill: Skill) -> None:
    add(skill, server.at("/200"), server.at("/410"), server.at("/403"), server.at("/chain"))
    summary = "Links: 4 checked; 1 fine, 1 moved, 1 not sure, 1 failing, 0 dead.\n"
    failing = f"Failing, on “Skill 1”: {server.at('/410')} It answers 410 (Gone).\n"
    assert run() == failing + summary
    assert run("--older-than=0", "--verbosity=2") == (
        f"{failing}Not sure, on “Skill 1”: {server.at('/403')} It answers 403 (Forbidden).\n"
        f"Moved, on “Skill 1”: {server.at('/chain')} It moved to {server.at('/200')}.\n{summary}"
    )


def test_again_there_is_nothing_to_ask_and_nothing_is_written(server: Server, skill: Skill) -> None:
    add(skill, server.at("/200"), server.at("/404"))
    run()
    server.asked.clear()
    before = (list(LinkCheck.objects.values()), list(Roadmap.objects.values()))
    assert run() == "Links: 0 checked; 0 fine, 0 moved, 0 not sure, 0 failing, 0 dead.\n"
    assert server.asked == []
    assert (list(LinkCheck.objects.values()), list(Roadmap.objects.values())) == before


def test_one_address_is_asked_once(server: Server, skill: Skill) -> None:
    for _ in range(3):
        add(make_resource(skill, url=server.at(f"/200#{_}")).skill)
    run()
    assert server.of("/200") == ["HEAD"]
    assert LinkCheck.objects.filter(outcome="fine").count() == 3


def test_a_limit_leaves_the_rest_for_later(server: Server, skill: Skill) -> None:
    add(skill, *(server.at(f"/200?{n}") for n in range(5)))
    assert run("--limit=2").endswith("0 dead. 3 are left for another run.\n")
    assert run("--limit=2").endswith("0 dead. 1 is left for another run.\n")
    assert run().startswith("Links: 1 checked")
    assert LinkCheck.objects.count() == 5


def test_only_those_that_failed(server: Server, skill: Skill) -> None:
    add(skill, server.at("/200"), server.at("/404"))
    run()
    yesterday()
    server.asked.clear()
    assert run("--only-failing").endswith("Links: 1 checked; 0 fine, 0 moved, 0 not sure, 0 failing, 1 dead.\n")
    assert server.of("/200") == []


def test_a_run_touches_a_version_once_and_is_no_change_for_learners(server: Server, skill: Skill) -> None:
    add(skill, *(server.at(f"/200?{n}") for n in range(45)))
    Roadmap.objects.update(updated_at=NOW)
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    run()
    connection.force_debug_cursor = False
    renewed = [q["sql"] for q in connection.queries if q["sql"].startswith('UPDATE "roadmap_roadmap"')]
    assert len(renewed) == 1
    assert Roadmap.objects.get().updated_at == NOW


def test_the_page_says_so(server: Server, skill: Skill, client: Client) -> None:
    page = "/roadmaps/trail/skills/skill-1/"
    add(skill, server.at("/200"), server.at("/404"))
    assert client.get(page).content.count(b"link not checked yet") == 2
    run()
    yesterday()
    run()
    text = client.get(page).content.decode()
    day = timezone.localdate(None, dt.UTC)
    assert text.count(f"checked {day.day} {day:%B %Y}") == 1
    assert text.count(f"This link did not answer on {day.day} {day:%B %Y}.") == 1
    assert f'href="{server.at("/404")}"' in text


def test_two_runs_do_not_go_side_by_side(skill: Skill, tmp_path: Path) -> None:
    with (tmp_path / "checklinks.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="Another run is checking links already"):
            run()
    run()


def test_our_own_network_is_not_asked_unless_it_is_named(server: Server, skill: Skill) -> None:
    add(skill, server.at("/200"))
    call_command("checklinks", "--host-delay=0", stdout=StringIO())
    assert server.asked == []
    check = LinkCheck.objects.get()
    assert (check.outcome, check.detail) == ("failing", f"{ONE} is on a private network.")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--limit=0", "'0' is no whole number of at least 1"),
        ("--workers=many", "'many' is no whole number of at least 1"),
        ("--host-delay=-1", "'-1' is no number from 0 to 8784"),
        ("--older-than=nan", "'nan' is no number from 0 to 8784"),
        ("--timeout=0", "it cannot be done in no time"),
        ("--allow-private=10.0.0.1/8", "10.0.0.1/8 has host bits set; write one such as 10.1.0.0/16"),
    ],
)
def test_an_option_that_cannot_be_is_told(skill: Skill, option: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(option)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_is_gone_on_with(tmp_path: Path) -> None:
    make_trail(1)
    Resource.objects.all().delete()
    with serve() as server:
        add(Skill.objects.get(), *(server.at(f"/200?{n}", "127.0.0.1") for n in range(50)))
        outline.get("trail")
        process = several.Process(
            target=runner.run,
            args=({"NAME": connection.settings_dict["NAME"]}, tmp_path, [*OPTIONS, "--host-delay=0.02"]),
        )
        process.start()
        until = time.monotonic() + 60
        while not LinkCheck.objects.exists() and time.monotonic() < until:
            time.sleep(0.01)
        process.kill()
        process.join()
        kept = LinkCheck.objects.count()
        assert 20 <= kept < 50
        server.asked.clear()
        said = run()
        assert said.startswith(f"Links: {50 - kept} checked; {50 - kept} fine")
        assert len(server.of("/200")) == 50 - kept
        assert LinkCheck.objects.count() == 50
        shown = outline.get("trail")
        assert shown
        assert all(resource.checked_on for resource in shown.places[0].skill.resources)
