"""Names are for show, and several people may have the same: what is asked is that they can be read, and that nobody
passes for who runs the site."""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError

from web.generic import CharField

RESERVED = frozenset(
    ("admin", "administrator", "cairn", "curator", "moderator", "operator", "root", "staff", "support", "system")
)
# What is drawn like a Latin letter: the commonest of Greek, Cyrillic, digits and signs. NFKC knows the rest.
_DRAWN_LIKE = {
    "a": "αΑаА@4",
    "b": "ΒвВ",
    "c": "сС",
    "d": "ԁ",
    "e": "εΕеЕ3",
    "h": "ΗнНһ",
    "i": "ιΙіІӏıl1|!",
    "j": "јЈ",
    "k": "κΚкК",
    "m": "ΜмМ",
    "n": "ηΝпПиИ",
    "o": "οΟоО0",
    "p": "ρΡрР",
    "r": "гГяЯ",
    "s": "ѕЅ5$",
    "t": "τΤтТ7",
    "u": "υ",
    "x": "χΧхХ",
    "y": "ΥуУ",
    "z": "Ζ",
}
_ALIKE = str.maketrans({sign: letter for letter, signs in _DRAWN_LIKE.items() for sign in signs})
_INVISIBLE = {"Cc", "Cf", "Cs"}
"""Categories: control characters; zero-width and bidi characters; halves of a pair."""
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800")


def tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())


def visible(name: str) -> None:
    """Of a tidy name."""
    kinds = [unicodedata.category(sign) for sign in name]
    nothing_seen = bool(kinds) and all(kind[0] in "MZ" for kind in kinds)
    if nothing_seen or _INVISIBLE.intersection(kinds) or _BLANK.intersection(name):
        raise ValidationError("Leave out characters that cannot be seen. If you pasted the name, type it.")


def is_reserved(name: str) -> bool:
    """Whether it reads like one of those that only staff may have, in whichever letters."""
    plain = unicodedata.normalize("NFKD", name).translate(_ALIKE).casefold()
    return "".join(filter(str.isalnum, plain)) in RESERVED


class NameField(CharField):
    """Tidied, and checked for whom it is where that is known; an import knows later."""

    default_validators = [visible]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value if value is None else tidy(value)

    def clean(self, value: Any, model_instance: Any) -> Any:
        name = super().clean(value, model_instance)
        if model_instance is not None and not model_instance.is_staff and is_reserved(name):
            raise ValidationError("This name is kept for those who run the site. Choose another.")
        return name

    def deconstruct(self) -> Any:
        """A column like any other: the rule is no matter of the database."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.CharField", arguments, options
