"""How titles fit into a drawing, where the server has to break lines. Pure; widths are in ems."""

from collections.abc import Iterator
from itertools import combinations, pairwise

# Of the page's typeface at weight 600, rounded up; what is not here is as wide as a wide letter.
_WIDTHS = {
    letter: width
    for width, letters in (
        (0.28, "ijlI!'|.,: `"),
        (0.44, 'frt()[]{}/-;"'),
        (0.53, "cksvxyzFJL1?*"),
        (0.6, "abdeghknopquEPSTVXYZg02357+=$<>_"),
        (0.66, "ABCDGKR4689#~"),
        (0.75, "HNOQUw&"),
    )
    for letter in letters
}
_WIDE, _IDEOGRAPH = 0.95, 1.1


def width(text: str) -> float:
    return sum(_WIDTHS.get(letter, _IDEOGRAPH if letter > "\u2e80" else _WIDE) for letter in text)


def wrap(text: str, room: float, most: int = 3) -> list[str]:
    """In as few lines as will do, as even as can be; what does not fit into the most lines ends in “…”."""
    words = text.split()
    for count in range(1, min(most, len(words)) + 1):
        lines = min(_broken(words, count), key=lambda lines: max(map(width, lines)))
        if max(map(width, lines)) <= room:
            return lines
    return _cut(words, room, most)


def _broken(words: list[str], count: int) -> Iterator[list[str]]:
    """Every way to break the words into this many lines."""
    for breaks in combinations(range(1, len(words)), count - 1):
        yield [" ".join(words[start:end]) for start, end in pairwise((0, *breaks, len(words)))]


def _cut(words: list[str], room: float, most: int) -> list[str]:
    lines: list[str] = []
    left = list(words)
    while left and len(lines) < most:
        line = left.pop(0)
        while left and width(f"{line} {left[0]}") <= room:
            line = f"{line} {left.pop(0)}"
        lines.append(_shortened(line, room))
    if left:
        lines[-1] = _shortened(f"{lines[-1]} {' '.join(left)}", room)
    return lines


def _shortened(line: str, room: float) -> str:
    if width(line) <= room:
        return line
    while line and width(f"{line}…") > room:
        line = line[:-1]
    return f"{line.rstrip(' …')}…"
