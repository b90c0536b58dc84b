"""Asking other people's servers: politely, within limits, and never our own network."""

import ipaddress
import itertools
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import certifi
import pytest

from tests.misbehaving import HOSTS, IDN, UNKNOWN, UNSURE_NAME, Server, name_hosts, self_signed, serve
from web.client import Answer, Client, is_public

ONE, TWO, FORBIDS, SLOW_ROBOTS, ODD_ROBOTS = HOSTS
HERE = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    name_hosts(monkeypatch)


def client(**options: Any) -> Client:
    return Client(**{"contact": "https://cairn.example/", "delay": 0, "timeout": 5, "private": HERE} | options)


def ask(address: str, **options: Any) -> Answer:
    return client(**options).ask(address)


class TestAnswers:
    @pytest.mark.parametrize("status", [200, 204, 300, 401, 402, 403, 404, 410, 418, 429, 451, 500, 503, 999])
    def test_a_status_is_told(self, server: Server, status: int) -> None:
        assert ask(server.at(f"/{status}")) == Answer(status, server.at(f"/{status}"))

    def test_a_fragment_is_ours_alone(self, server: Server) -> None:
        assert ask(server.at("/200#part-2")) == Answer(200, server.at("/200"))

    @pytest.mark.parametrize("path", ["/charset", "/get-only-hangs-in-body", "/get-only-endless"])
    def test_the_body_is_nobodys_business(self, server: Server, path: str) -> None:
        began = time.monotonic()
        assert ask(server.at(path), timeout=0.5).status == 200
        assert time.monotonic() - began < 10

    @pytest.mark.parametrize("path", ["/get-only-405", "/get-only-501", "/get-only-403", "/get-only-404"])
    def test_what_knows_no_head_is_asked_with_get(self, server: Server, path: str) -> None:
        server.asked.clear()
        assert ask(server.at(path)).status == 200
        assert server.of(path) == ["HEAD", "GET"]

    def test_also_where_head_is_not_answered_at_all(self, server: Server) -> None:
        assert ask(server.at("/get-only-hangs"), timeout=0.3).status == 200

    def test_who_is_asked_too_much_is_not_asked_again(self, server: Server) -> None:
        server.asked.clear()
        assert ask(server.at("/429")).status == 429
        assert server.of("/429") == ["HEAD"]

    def test_says_who_asks(self, server: Server) -> None:
        server.asked.clear()
        ask(server.at("/200"))
        assert {asked.agent for asked in server.asked} == {"Cairn-links/1.0 (+https://cairn.example/)"}

    def test_a_name_in_other_letters(self, server: Server) -> None:
        server.asked.clear()
        assert ask(server.at("/200", IDN)).status == 200
        assert {asked.host for asked in server.asked} == {"xn--bcher-kva.example"}


class TestRedirects:
    @pytest.mark.parametrize(
        ("path", "ends", "moved_to"),
        [
            ("/chain", "/200", "/200"),
            ("/for-now", "/200", ""),
            ("/303", "/200", ""),
            ("/then-for-now", "/200", "/for-now"),
            ("/umlaut", "/b%C3%BCcher", "/b%C3%BCcher"),
        ],
    )
    def test_are_followed_and_told(self, server: Server, path: str, ends: str, moved_to: str) -> None:
        assert ask(server.at(path)) == Answer(200, server.at(ends), server.at(moved_to) if moved_to else "")

    def test_to_another_host(self, server: Server) -> None:
        there = server.at("/200", TWO)
        assert ask(server.at(f"/away/{TWO}:{server.port}")) == Answer(200, there, there)

    def test_that_lead_to_nothing(self, server: Server) -> None:
        assert ask(server.at("/lost")) == Answer(404, server.at("/404"), server.at("/404"))
        assert ask(server.at("/nowhere")) == Answer(301, server.at("/nowhere"))

    @pytest.mark.parametrize("path", ["/loop", "/long-chain"])
    def test_that_do_not_end(self, server: Server, path: str) -> None:
        server.asked.clear()
        answer = ask(server.at(path))
        assert (answer.status, answer.is_unclear) == (None, True)
        assert "without cookies" in answer.error
        assert len(server.asked) < 12

    @pytest.mark.parametrize(
        ("path", "error"),
        [
            ("/script", "It leads to an address that is not on the web."),
            ("/file", "It leads to an address that is not on the web."),
            ("/unreadable", "It leads to an address that cannot be read."),
            ("/metadata", "169.254.169.254 is on a private network."),
            ("/inside", "inside.example is on a private network."),
        ],
    )
    def test_that_are_not_followed(self, server: Server, path: str, error: str) -> None:
        answer = ask(server.at(path))
        assert (answer.status, answer.error, answer.is_unclear) == (None, error, False)


class TestSilence:
    @pytest.mark.parametrize("path", ["/hangs", "/drips"])
    def test_no_answer_in_time(self, server: Server, path: str) -> None:
        """A byte now and then does not buy time."""
        began = time.monotonic()
        answer = ask(server.at(path), timeout=0.4)
        assert answer == Answer(None, server.at(path), error=f"{ONE} gave no answer within 0.4 seconds.")
        assert time.monotonic() - began < 10

    @pytest.mark.parametrize(
        ("path", "error"),
        [
            ("/closes", "closed the connection without an answer"),
            ("/huge-header", "gave an answer that cannot be read"),
            ("/many-headers", "gave an answer that cannot be read"),
            ("/not-http", "gave an answer that cannot be read"),
        ],
    )
    def test_no_answer_to_be_read(self, server: Server, path: str, error: str) -> None:
        assert ask(server.at(path)) == Answer(None, server.at(path), error=f"{ONE} {error}.")

    def test_no_such_name(self) -> None:
        answer = ask(f"https://{UNKNOWN}/")
        assert answer == Answer(None, f"https://{UNKNOWN}/", error=f"There is no server of the name {UNKNOWN}.")
        long = f"{'x' * 64}.example"
        assert "There is no server" in ask(f"http://{long}/").error or "cannot be read" in ask(f"http://{long}/").error

    def test_no_name_server_says_nothing_about_the_address(self) -> None:
        answer = ask(f"https://{UNSURE_NAME}/")
        assert (answer.status, answer.is_unclear) == (None, True)
        assert answer.error == f"The name {UNSURE_NAME} cannot be looked up from here at the moment."

    def test_nobody_listens(self, server: Server) -> None:
        with serve() as gone:
            address = gone.at("/200")
        answer = ask(address)
        assert answer == Answer(None, address, error=f"{ONE} gave no connection (Connection refused).")


class TestTLS:
    @pytest.fixture
    def tls(self, tmp_path: Path) -> Iterator[Server]:
        with serve(self_signed(tmp_path, ONE)) as running:
            yield running

    def test_nobody_vouches_for_it(self, tls: Server) -> None:
        answer = ask(tls.at("/200"))
        error = f"{ONE} gave no connection that can be trusted (self-signed certificate)."
        assert answer == Answer(None, tls.at("/200"), error=error)
        assert tls.asked == []

    def test_a_name_that_somebody_vouches_for(
        self, tls: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "self-signed.pem"))
        assert ask(tls.at("/200")) == Answer(200, tls.at("/200"))
        answer = ask(tls.at("/200", TWO))
        assert answer.error.startswith(f"{TWO} gave no connection that can be trusted (Hostname mismatch")

    def test_tls_where_there_is_none(self, server: Server) -> None:
        answer = ask(server.at("/200").replace("http:", "https:"))
        assert answer.error.startswith(f"{ONE} gave no connection that can be trusted (")


class TestOurOwnNetwork:
    @pytest.mark.parametrize(
        "address",
        [
            *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),  # noqa: S104 -- asked about, not bound to
            *("100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
            *("::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
            *("64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1"),
        ],
    )
    def test_is_not_public(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["8.8.8.8", "151.101.1.1", "2606:4700::1111", "2a00:1450:4001::1"])
    def test_is_public(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", ONE]
    )
    def test_is_never_asked(self, server: Server, host: str) -> None:
        """However its address is written."""
        server.asked.clear()
        answer = ask(server.at("/200", host), private=())
        assert answer.status is None
        assert answer.error.endswith(" is on a private network.")
        assert server.asked == []

    def test_says_the_same_of_what_listens_and_what_does_not(self, server: Server) -> None:
        """No way to find out what there is."""
        there, not_there = (ask(f"http://127.0.0.1:{port}/", private=()) for port in (server.port, 1))
        assert there.error == not_there.error


class TestPoliteness:
    def test_what_robots_forbid_is_not_asked_for(self, server: Server) -> None:
        server.asked.clear()
        answer = ask(server.at("/private/page", FORBIDS))
        assert (answer.status, answer.is_unclear) == (None, True)
        assert answer.error == f"The robots.txt of {FORBIDS} asks programs to stay away."
        assert [asked.path for asked in server.asked] == ["/robots.txt"]
        assert ask(server.at("/403", FORBIDS)).status == 403

    def test_also_at_the_end_of_a_redirect(self, server: Server) -> None:
        assert ask(server.at(f"/away/{FORBIDS}:{server.port}")).is_unclear

    @pytest.mark.parametrize("host", [SLOW_ROBOTS, ODD_ROBOTS])
    def test_robots_that_cannot_be_read_forbid_nothing(self, server: Server, host: str) -> None:
        assert ask(server.at("/200", host), timeout=0.3).status == 200

    def test_robots_are_read_once(self, server: Server) -> None:
        server.asked.clear()
        same = client()
        for path in ("/200", "/204", "/404"):
            same.ask(server.at(path))
        assert server.of("/robots.txt") == ["GET"]

    def test_a_host_is_asked_one_thing_at_a_time_at_a_distance_and_two_hosts_at_once(self, server: Server) -> None:
        server.asked.clear()
        addresses = [server.at(f"/slow?{n}", host) for n in range(4) for host in (ONE, TWO)]
        with closing(client(delay=0.1).ask_all(addresses, workers=8)) as answers:
            assert sorted(address for address, _ in answers) == sorted(addresses)
        one, two = (sorted((a.begun, a.ended) for a in server.asked if a.host == host) for host in (ONE, TWO))
        for mine in (one, two):
            assert len(mine) == 5
            assert all(later - ended >= 0.08 for (_, ended), (later, _) in itertools.pairwise(mine))
        assert one[0] < two[-1]
        assert two[0] < one[-1]

    def test_a_redirect_waits_for_its_turn_too(self, server: Server) -> None:
        server.asked.clear()
        leads = [server.at(f"/away/{TWO}:{server.port}?{n}", ONE) for n in range(3)]
        with closing(client(delay=0.1).ask_all([*leads, server.at("/slow", TWO)], workers=4)) as answers:
            assert len(list(answers)) == 4
        times = sorted((asked.begun, asked.ended) for asked in server.asked if asked.host == TWO)
        assert len(times) >= 5
        assert all(later - ended >= 0.08 for (_, ended), (later, _) in itertools.pairwise(times))

    def test_waits_as_long_as_it_is_asked_to(self, server: Server) -> None:
        same = client()
        same.ask(server.at("/429"))
        began = time.monotonic()
        same.ask(server.at("/200"))
        assert 0.8 < time.monotonic() - began < 10

    def test_stops_when_nobody_waits_any_more(self, server: Server) -> None:
        server.asked.clear()
        began = time.monotonic()
        answers = client(delay=1).ask_all([server.at(f"/200?{n}", host) for n in range(30) for host in (ONE, TWO)], 2)
        next(answers)
        answers.close()
        assert time.monotonic() - began < 15
        assert len(server.asked) < 20
