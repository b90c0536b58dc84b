import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import validators
from accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_database_holds_one_account_an_address_in_any_case(user: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Noor@Example.org")

    assert User.objects.count() == 1


def test_the_database_holds_one_handle_in_any_case(user: User) -> None:
    User.objects.filter(pk=user.pk).update(handle="noor")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="other@example.org", handle="NOOR")

    assert User.objects.count() == 1


def test_many_may_have_no_handle_yet(user: User) -> None:
    User.objects.create_user("other@example.org", "a trail of ten stones")

    assert list(User.objects.values_list("handle", flat=True)) == [None, None]


def test_an_account_made_by_hand_has_a_small_address_and_no_rights() -> None:
    user = User.objects.create_user("ADA@Example.org", "a trail of ten stones")

    assert user.email == "ada@example.org"
    assert user.check_password("a trail of ten stones")
    assert (user.is_staff, user.is_superuser, user.is_public, user.time_zone) == (False, False, False, "UTC")


def test_without_a_password_nobody_can_sign_in() -> None:
    assert not User.objects.create_user("ada@example.org").has_usable_password()


def test_a_superuser_may_enter_the_admin() -> None:
    user = User.objects.create_superuser("ada@example.org", "a trail of ten stones")

    assert (user.is_staff, user.is_superuser) == (True, True)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "europe/berlin ", "../etc/passwd", "GMT+25", "Etc/GMT+5", "localtime"]
)
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validators.time_zone(zone)

    assert refused.value.messages == ["Choose a time zone from the list, such as Europe/Berlin."]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
def test_a_time_zone_is_checked_with_the_account(user: User, zone: str) -> None:
    user.time_zone = zone
    user.full_clean()


@pytest.mark.parametrize("handle", ["", "ab", "a" * 31, "Noor", "noor_1", "noor example", "nöor", "noor\n", "a/b"])
def test_a_handle_that_is_none_is_refused(handle: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validators.handle(handle)

    assert refused.value.messages == ["Use 3 to 30 small letters, digits and hyphens."]


@pytest.mark.parametrize("handle", ["abc", "a" * 30, "noor-2026", "123"])
def test_a_handle_is_checked_with_the_account(user: User, handle: str) -> None:
    user.handle = handle
    user.full_clean()


@pytest.mark.parametrize(("length", "fits"), [(128, True), (129, False)])
def test_a_password_has_a_longest_length(length: int, fits: bool) -> None:
    validator = validators.MaximumLengthValidator()
    if fits:
        validator.validate("x" * length)
    else:
        with pytest.raises(ValidationError, match="Use at most 128 characters"):
            validator.validate("x" * length)
    assert validator.get_help_text() == "Use at most 128 characters."


@pytest.mark.parametrize(("name", "shown"), [("Noor", "Noor"), ("", "noor")])
def test_somebody_is_called_by_name_or_by_the_start_of_the_address(user: User, name: str, shown: str) -> None:
    user.name = name

    assert user.get_short_name() == shown
    assert user.get_full_name() == name
    assert str(user) == "noor@example.org"


@pytest.mark.parametrize(("field", "text"), [("email", "Noor@Example.org"), ("handle", "NOOR")])
def test_an_account_is_found_in_any_case(user: User, field: str, text: str) -> None:
    User.objects.filter(pk=user.pk).update(handle="noor")
    User.objects.create_user("other@example.org", handle="noor-2")

    assert list(User.objects.alike(field, text)) == [user]
    assert not User.objects.alike(field, f"{text}x").exists()
