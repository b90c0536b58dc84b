"""The card picture of a profile, drawn on the server."""

import io
import re

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from progress.drawing import HEIGHT, WIDTH, Ridge

SIZE = 1200, 630
BAND, PAPER, TEXT, QUIET, BLAZE = "#0f211f", "#f8faf7", "#f4f7f1", "#c9d3ce", "#ff8140"
FONT = settings.BASE_DIR / "static" / "fonts" / "national-park.ttf"


def png(*, name: str, line: str, percent: int | None, address: str, ridge: Ridge) -> bytes:
    image = Image.new("RGB", SIZE, BAND)
    draw = ImageDraw.Draw(image)
    draw.polygon(_points(ridge.land), fill=PAPER)
    draw.line(_points(ridge.path), fill=QUIET, width=3)
    if ridge.walked:
        draw.line(_points(ridge.walked), fill=BLAZE, width=10, joint="curve")
    if ridge.here:
        x, y = SIZE[0] * float(ridge.here.x[:-1]) / 100, _down(HEIGHT * float(ridge.here.y[:-1]) / 100)
        draw.ellipse((x - 15, y - 15, x + 15, y + 15), fill=BLAZE, outline=BAND, width=5)
    draw.text((60, 56), "Cairn", font=_font(34, 750), fill=TEXT)
    draw.text((1140, 60), address, font=_font(26, 500), fill=QUIET, anchor="ra")
    draw.text((60, 130), _fitting(draw, name, _font(76, 750)), font=_font(76, 750), fill=TEXT)
    draw.text((60, 224), _fitting(draw, line, _font(34, 500)), font=_font(34, 500), fill=QUIET)
    if percent is not None:
        draw.text((1140, 600), f"{percent}%", font=_font(56, 750), fill=BAND, anchor="rs")
    out = io.BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(FONT, size)
    font.set_variation_by_axes([weight])
    return font


def _fitting(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont) -> str:
    """Letters that the typeface lacks are left out of the picture; what is too long ends in an ellipsis."""
    text = "".join(letter for letter in text if letter.isprintable())
    if draw.textlength(text, font) <= 1080:
        return text
    while text and draw.textlength(text + "…", font) > 1080:
        text = text[:-1]
    return text.rstrip() + "…"


def _points(path: str) -> list[tuple[float, float]]:
    """Of a path of straight lines, in the picture's pixels: its lower part holds the ridge."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", path)]
    return [(x * SIZE[0] / WIDTH, _down(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


def _down(y: float) -> float:
    return 300 + y * 330 / HEIGHT
