"""Characters in the typefaces that matplotlib ships, turned, moved, scaled and noisy: 16 × 16 grey images."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from target import SIZES, Pool, Target, drawn

SIDE, DRAWN = 16, 32
SANS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSansMono-Bold")
SERIF = ("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic")
STIX = ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta")
LOWER, UPPER, DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
GREEK = "αβγδεζηθικλμνξοπρστυφχψω"


def source() -> Pool:
    """What the network is trained on first: small letters and digits in the typefaces without serifs."""
    labelled = [(face, sign, number) for number, sign in enumerate(LOWER + DIGITS) for face in SANS]
    return _made(np.random.default_rng(1), labelled, 24_000, turned=0.25, noise=0.15)


def targets() -> list[Target]:
    """Five tasks; what has shifted is set in other typefaces, and noisier."""
    alike = "OQCGD0"
    return [
        _target("capitals", {sign: number for number, sign in enumerate(UPPER)}, STIX, SERIF),
        _target("vowels", {sign: int(sign in "AEIOU") for sign in UPPER}, SERIF, STIX),
        _target("round letters", {sign: number for number, sign in enumerate(alike)}, SERIF, STIX),
        _target("Greek letters", {sign: number for number, sign in enumerate(GREEK)}, SERIF, STIX),
        _bold(),
    ]


def _target(name: str, labels: dict[str, int], faces: tuple[str, ...], others: tuple[str, ...]) -> Target:
    def labelled(chosen: tuple[str, ...]) -> list[tuple[str, str, int]]:
        return [(face, sign, label) for sign, label in labels.items() for face in chosen]

    return _with_pools(name, max(labels.values()) + 1, labelled(faces), labelled(others))


def _bold() -> Target:
    def labelled(faces: tuple[str, ...]) -> list[tuple[str, str, int]]:
        return [(face, sign, int("Bol" in face)) for face in faces for sign in UPPER + LOWER]

    return _with_pools("bold", 2, labelled(SERIF), labelled(STIX))


def _with_pools(
    name: str, classes: int, labelled: list[tuple[str, str, int]], others: list[tuple[str, str, int]]
) -> Target:
    pools = {}
    for part, size in SIZES.items():
        shifted = part == "shift"
        pools[part] = _made(
            drawn(part), others if shifted else labelled, size, turned=0.3, noise=0.3 if shifted else 0.2
        )
    return Target(name, classes, pools)


def _made(
    draw: np.random.Generator, labelled: list[tuple[str, str, int]], size: int, *, turned: float, noise: float
) -> Pool:
    """``size`` pictures of the characters; ``turned`` in radians, ``noise`` in shares of full black."""
    drawings = np.array([_drawing(face, sign) for face, sign, _ in labelled])
    chosen = draw.integers(0, len(labelled), size)
    angle, shear = draw.normal(0, turned, size), draw.normal(0, 0.15, size)
    scale = np.exp(draw.normal(0, 0.12, size)) * DRAWN / SIDE
    moved = draw.normal(0, 1.0, (size, 2))
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    y = rows - moved[:, 0, None, None]
    x = columns - moved[:, 1, None, None] + shear[:, None, None] * y
    turn, lift = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    at_y = scale[:, None, None] * (turn * y - lift * x) + (DRAWN - 1) / 2
    at_x = scale[:, None, None] * (lift * y + turn * x) + (DRAWN - 1) / 2
    pictures = _between(drawings, chosen, at_y, at_x)
    pictures += draw.normal(0, noise, pictures.shape)
    labels = np.array([label for _, _, label in labelled])[chosen]
    return Pool(pictures[:, None].astype(np.float32), labels)


def _between(drawings: np.ndarray, chosen: np.ndarray, at_y: np.ndarray, at_x: np.ndarray) -> np.ndarray:
    """The drawings at places between pixels, by bilinear interpolation; outside they are blank."""
    padded = np.pad(drawings, ((0, 0), (1, 1), (1, 1)))
    at_y, at_x = np.clip(at_y + 1, 0, DRAWN + 0.999), np.clip(at_x + 1, 0, DRAWN + 0.999)
    top, left = at_y.astype(int), at_x.astype(int)
    down, right = at_y - top, at_x - left
    which = chosen[:, None, None]
    return (
        padded[which, top, left] * (1 - down) * (1 - right)
        + padded[which, top, left + 1] * (1 - down) * right
        + padded[which, top + 1, left] * down * (1 - right)
        + padded[which, top + 1, left + 1] * down * right
    )


def _drawing(face: str, sign: str) -> np.ndarray:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    picture = Image.new("L", (DRAWN, DRAWN))
    font = ImageFont.truetype(str(folder / f"{face}.ttf"), 24)
    ImageDraw.Draw(picture).text((DRAWN / 2, DRAWN / 2), sign, fill=255, font=font, anchor="mm")
    return np.asarray(picture, dtype=np.float64) / 255
