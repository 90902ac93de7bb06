"""The picture that stands beside links to a page on other sites: what is to be said of one that somebody chose."""

from capture.languages import say
from magnets.editor import SHOWN_BY_NETWORKS

BEST = "{} × {}".format(*SHOWN_BY_NETWORKS)
LEAST = (1200, 600)  # smaller ones are blurred, or shown as a stamp beside the title
NARROWEST, WIDEST = 1.7, 2.1  # width by height of what is hardly cut: X shows 2 to 1, others 1.91 to 1


def too_small(width: int, height: int) -> str:
    """What to say of a picture with too few pixels; empty for one that has enough."""
    if width >= LEAST[0] and height >= LEAST[1]:
        return ""
    size = f"{width} × {height}"
    return say(
        "%(size)s pixels are few for the picture where the page is shared; best: %(best)s.", size=size, best=BEST
    )


def cut_off(width: int, height: int) -> str:
    """What to say of a picture of which networks cut off a part; empty for one that they show nearly whole."""
    if NARROWEST <= width / height <= WIDEST:
        return ""
    size = f"{width} × {height}"
    return say(
        "Where the page is shared, part of a picture of %(size)s is cut off; best: %(best)s.", size=size, best=BEST
    )


def remarks(width: int, height: int) -> list[str]:
    """All that is to be said of it."""
    return [said for said in (too_small(width, height), cut_off(width, height)) if said]
