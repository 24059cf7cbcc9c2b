"""Pictures from strangers: measured before they are decoded, decoded by the three formats' own decoders only, and drawn
anew, so that nothing of the original file (position, camera, hidden bytes) remains."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from rinnalla.profiles.errors import ImageTooLarge, NotAnImage

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 40_000_000
EDGE = 512
MEDIA_TYPE = "image/webp"
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Picture:
    """A WebP picture of at most 512 pixels a side."""

    content: bytes
    width: int
    height: int


def redraw(content: bytes) -> Picture:
    """The picture in these bytes, upright and small. Raises: NotAnImage, ImageTooLarge."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            _measure(image)
            return _encode(_upright(image))
    except ImageTooLarge:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge from error
    except Exception as error:  # decoders fail on broken files in a dozen ways (OSError, SyntaxError, struct.error, …)
        raise NotAnImage from error


def _measure(image: Image.Image) -> None:
    """By what the header says: nothing is decoded yet."""
    if image.width * image.height > MAX_PIXELS:
        raise ImageTooLarge


def _upright(image: Image.Image) -> Image.Image:
    image.draft("RGB", (EDGE, EDGE))  # lets JPEG decode at a fraction of the size
    turned = ImageOps.exif_transpose(_shrunk(image))
    flat = Image.new("RGB", turned.size, "white")
    flat.paste(turned.convert("RGB"), mask=turned.getchannel("A") if turned.mode == "RGBA" else None)
    return flat


def _shrunk(image: Image.Image) -> Image.Image:
    """Small enough, without palettes and odd modes; its orientation tag still with it."""
    even = image if image.mode in {"RGB", "RGBA"} else image.convert("RGBA" if image.has_transparency_data else "RGB")
    even.thumbnail((EDGE, EDGE))
    return even


def _encode(image: Image.Image) -> Picture:
    out = BytesIO()
    image.save(out, "WEBP", quality=_QUALITY)
    return Picture(out.getvalue(), image.width, image.height)
