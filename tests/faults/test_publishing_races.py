"""Several people plan, publish and call off one draft at once: one version waits at most, the last one asked stands."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from capture import clock
from capture.catalogue.editions import CORRECTION
from capture.catalogue.models import Draft, Publication, PublicationState
from capture.errors import NotFound
from capture.journey import drafting, marketer
from tests.factories import every
from tests.faults.test_handoff_races import at_once
from tests.stories import settings
from tests.web.studio import Studio
from tests.web.test_studio_timing import a_live_page, as_a_folder, press

pytestmark = pytest.mark.real_commits

ROUNDS = 4


def acts(studio: Studio, address: str, folder: Path, turn: int) -> list[Callable[[], object]]:
    """What several people may do at one moment; each version has a headline of its own."""
    studio.save(f"{address}/page", **{"page-headline": f"From a folder {turn}"})
    as_a_folder(studio, address, folder)
    studio.save(f"{address}/page", **{"page-headline": f"From the studio {turn}"})
    [draft] = every(Draft)
    at, public_id = clock.now(), draft.public_id
    ask = partial(drafting.ask_to_publish, public_id, succession=CORRECTION, actor="cli", at=at)
    waiting = [one.public_id for one in every(Publication) if one.state is PublicationState.WAITING]
    return [
        partial(ask, due=at + timedelta(days=1)),
        partial(ask, due=at + timedelta(days=2)),
        ask,
        partial(marketer.publish, folder, settings=settings(), at=at),
        *(partial(drafting.cancel_publication, public_id, one, actor="cli", at=at) for one in waiting),
    ]


def quietly(act: Callable[[], object]) -> None:
    """What waited may have given way already."""
    with suppress(NotFound):
        act()


def test_whoever_comes_at_one_moment_one_version_waits_at_most_and_what_was_asked_for_last_is_live(
    app: Flask, tmp_path: Path
) -> None:
    studio = Studio(app)
    address = a_live_page(app, studio)
    for turn in range(ROUNDS):
        at_once(app, [partial(quietly, act) for act in acts(studio, address, tmp_path, turn)])
        press(app)

        asked = every(Publication)
        live = max((one for one in asked if one.state is PublicationState.LIVE), key=lambda one: one.id)
        waiting = [one for one in asked if one.state is PublicationState.WAITING]
        assert len(waiting) <= 1
        assert all(one.id > live.id for one in waiting), "what waits was asked for after what is live"
        at_the_press = [one for one in asked if one.due_at is None]
        assert live is max(at_the_press, key=lambda one: one.id)
        headline = f"From {'a folder' if live.asked_by == 'cli' and not live.is_correction else 'the studio'} {turn}"
        assert headline in studio.client.get("/answer-fast").text
