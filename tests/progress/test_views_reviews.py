import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from progress import reviews
from progress.models import Follow, Learner, Mark, Recall, Review
from roadmap import outline
from roadmap.models import Roadmap, Skill
from tests.factories import make_trail
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/review/"


@pytest.fixture
def trail() -> Roadmap:
    roadmap = make_trail(3)
    for skill in Skill.objects.order_by("pk"):
        for number in (1, 2):
            skill.questions.create(question=f"{skill.slug}, question {number}?", answer="So it is.", position=number)
    return roadmap


@pytest.fixture
def learner(client: Client, user: User, trail: Roadmap) -> Learner:
    client.force_login(user)
    learner = Learner.objects.get(user=user)
    Follow.objects.create(learner=learner, roadmap=trail, since=timezone.now(), used_at=timezone.now())
    return learner


def done(learner: Learner, *slugs: str, days: int = 2) -> None:
    since = timezone.now() - dt.timedelta(days=days)
    for slug in slugs:
        Mark.objects.create(learner=learner, skill=Skill.objects.get(slug=slug), state="done", since=since)


def body(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def asked(page: str) -> str:
    return "".join(re.findall(r'<h2 id="asked">(.*?)</h2>', page))


def answer(client: Client, learner: Learner, rating: object, page: str | None = None, **more: Any) -> Any:
    question = re.findall(r'name="question" value="(\d+)"', page or body(client))
    return client.post(PAGE, {"learner": learner.pk, "question": question, "rating": rating} | more)


class TestReview:
    def test_one_question_at_a_time_with_the_answer_hidden_and_the_next_date_on_each_button(
        self, client: Client, learner: Learner
    ) -> None:
        done(learner, "skill-1", "skill-2")
        page = body(client)
        assert asked(page) == "skill-1, question 1?"
        assert "Question 1 of 4, from" in page
        assert re.search(r"<details class=\"answer\"><summary[^>]*>Show the answer", page)
        buttons = re.findall(r'name="rating" value="(\d)"[^>]*>(\w+)<small>(.*?)</small>', page)
        assert buttons == [
            ("1", "Forgot", "tomorrow"),
            ("2", "Hard", "tomorrow"),
            ("3", "Good", "in 2 days"),
            ("4", "Easy", "in 8 days"),
        ]

    def test_an_answer_leads_to_the_next_question_of_another_skill(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1", "skill-2")
        response = answer(client, learner, 3)
        assert (response.status_code, response["Location"]) == (302, PAGE)
        page = body(client)
        assert asked(page) == "skill-2, question 1?"
        assert "Question 2 of 4" in page
        assert "<b>Good.</b> The answer is kept." in page

    def test_it_can_be_undone_from_the_message_and_from_the_list(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1")
        answer(client, learner, 4)
        undo = f"/review/{Review.objects.get().uid}/undo/"
        assert body(client).count(f'formaction="{undo}"') == 2
        response = client.post(undo, {"learner": learner.pk, "next": PAGE})
        assert response["Location"] == PAGE
        assert asked(body(client)) == "skill-1, question 1?"
        assert not Recall.objects.exists()

    def test_at_most_five_a_day_however_much_has_piled_up(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1", "skill-2", "skill-3", days=300)
        for _ in range(5):
            answer(client, learner, 3)
        page = body(client)
        assert asked(page) == ""
        assert "That is all for today." in page
        assert "The next question comes tomorrow." in page
        assert not re.search(r"overdue|behind|missed|backlog", page, re.IGNORECASE)

    def test_whoever_asked_for_no_questions_is_told_just_that(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1")
        answer(client, learner, 3)
        Learner.objects.update(reviews_a_day=0)
        page = body(client)
        assert "Nothing is asked." in page
        assert "Reviews are off" in page
        assert "That is all for today." not in page

    def test_before_anything_is_done_it_says_what_will_come(self, client: Client, learner: Learner) -> None:
        assert "The day after you mark a skill done" in body(client)

    def test_done_today_is_asked_from_tomorrow_on(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1", days=0)
        page = body(client)
        assert "Nothing to ask today." in page
        assert "The next question comes tomorrow." in page

    def test_what_fades_stands_beside_with_its_best_free_resource(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1")
        answer(client, learner, 1)
        for url in (PAGE, "/dashboard/", "/roadmaps/trail/", "/roadmaps/trail/map/"):
            page = body(client, url)
            assert "fading" in page.lower(), url
            if "map" not in url:
                assert "A book on Skill 1" in page, url
        assert Mark.objects.get().state == "done"

    def test_a_row_that_is_marked_done_again_fades_at_once(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1")
        answer(client, learner, 1)
        headers = {"HX-Request": "true", "HX-Target": "skill-skill-1"}
        url, data = "/progress/trail/skills/skill-1/", {"learner": learner.pk, "next": "/roadmaps/trail/"}
        assert ">fading<" not in client.post(url, data | {"state": "todo"}, headers=headers).content.decode()
        assert ">fading<" in client.post(url, data | {"state": "done"}, headers=headers).content.decode()

    def test_another_roadmap_may_be_asked_about(self, client: Client, learner: Learner) -> None:
        make_trail(0, "other")
        done(learner, "skill-1")
        assert asked(body(client, "/review/?roadmap=trail"))
        assert not asked(body(client, "/review/?roadmap=other"))
        assert client.get("/review/?roadmap=none").status_code == 404
        page = body(client, "/review/?roadmap=trail")
        assert 'action="/review/?roadmap=trail"' in page

    @pytest.mark.parametrize("skills", [3, 60])
    def test_queries(self, client: Client, learner: Learner, skills: int) -> None:
        big = make_trail(0, "big")
        group = Skill.objects.get(slug="skill-1").placements.get().group
        for number in range(skills):
            skill = Skill.objects.create(slug=f"more-{number}", title=f"More {number}", summary="More.", hours=1)
            skill.questions.create(question="?", answer="!")
            group.placements.create(roadmap=group.section.phase.roadmap, skill=skill, position=number)
            done(learner, skill.slug)
        outline.forget()
        assert big
        body(client)
        with queries() as counted:
            body(client)
        assert len(counted) == 9, counted.counted


class TestUnhappy:
    @pytest.mark.parametrize(
        ("data", "status", "sentence"),
        [
            ({"rating": ""}, 422, "Say how well you remembered it"),
            ({"rating": "5"}, 422, "Say how well you remembered it"),
            ({"question": ""}, 422, "There is no such question."),
            ({"question": "x"}, 422, "There is no such question."),
            ({"question": "9" * 30}, 422, "There is no such question."),
            ({"question": "999999"}, 409, "This question is not asked any more"),
        ],
    )
    def test_nonsense_is_refused_in_words(
        self, client: Client, learner: Learner, data: dict[str, str], status: int, sentence: str
    ) -> None:
        done(learner, "skill-1")
        response = answer(client, learner, **{"rating": 3} | data)
        assert response.status_code == status
        assert sentence in response.content.decode()
        assert not Review.objects.exists()

    def test_a_second_tab_answers_nothing_twice(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1")
        page = body(client)
        answer(client, learner, 3, page)
        response = answer(client, learner, 1, page)
        assert response.status_code == 409
        assert "You have answered that already" in response.content.decode()
        assert Review.objects.get().rating == 3

    def test_undo_of_none_of_mine(self, client: Client, learner: Learner) -> None:
        assert client.post(f"/review/{uuid.uuid4()}/undo/", {"learner": learner.pk}).status_code == 404

    def test_undo_after_a_newer_answer_is_refused(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1", days=90)
        question = Skill.objects.get(slug="skill-1").questions.first()
        assert question
        shown, first = outline.get("trail"), timezone.now() - dt.timedelta(days=60)
        assert shown
        for at in (first, timezone.now()):
            made = {"learner": learner.pk, "shown": shown, "question": question.pk, "rating": 3}
            reviews.answer(**made, at=at, day=at.date())
        uid = Review.objects.order_by("at")[0].uid
        response = client.post(f"/review/{uid}/undo/", {"learner": learner.pk})
        assert response.status_code == 409
        assert "answered this question again since" in response.content.decode()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_without_an_account_it_leads_to_signing_in(self, client: Client, trail: Roadmap, method: str) -> None:
        assert getattr(client, method)(PAGE)["Location"].startswith("/accounts/login/?next=/review/")


class TestWishes:
    def test_are_kept(self, client: Client, learner: Learner) -> None:
        data = {"learner": learner.pk, "reviews_a_day": "12", "retention": "0.95", "next": PAGE}
        assert client.post("/review/settings/", data)["Location"] == PAGE
        learner.refresh_from_db()
        assert (learner.reviews_a_day, learner.retention) == (12, 0.95)
        assert 'value="12"' in body(client)

    def test_none_a_day_switches_reviews_off(self, client: Client, learner: Learner) -> None:
        done(learner, "skill-1")
        client.post("/review/settings/", {"learner": learner.pk, "reviews_a_day": "0", "retention": "0.90"})
        page = body(client)
        assert "Reviews are off" in page
        assert asked(page) == ""
        assert "You asked for no questions." in body(client, "/dashboard/")

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({"reviews_a_day": "51"}, "50 a day is the most."),
            ({"reviews_a_day": "-1"}, "Give a number from 0 to 50."),
            ({"reviews_a_day": ""}, "Give a number from 0 to 50."),
            ({"reviews_a_day": "many"}, "Give a whole number from 0 to 50."),
            ({"retention": "0.5"}, "Choose one of these."),
        ],
    )
    def test_nonsense_is_refused_beside_its_field(
        self, client: Client, learner: Learner, data: dict[str, str], sentence: str
    ) -> None:
        good = {"learner": learner.pk, "reviews_a_day": "7", "retention": "0.90"}
        response = client.post("/review/settings/", good | data)
        assert response.status_code == 422
        page = response.content.decode()
        assert re.search(rf'class="err" id="id_{next(iter(data))}_error">.*?{re.escape(sentence)}', page, re.DOTALL)
        assert '<details open><summary class="link">How reviews come' in page
        learner.refresh_from_db()
        assert learner.reviews_a_day == 5
