"""Events are plain frozen values that carry ids and words, so that anybody may be told of them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from datetime import UTC, datetime

import pytest

from engine.domain import news

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KINDS = [k for k in vars(news).values() if isinstance(k, type) and issubclass(k, news.News) and is_dataclass(k)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_frozen_and_holds_ids_words_and_a_moment_only(kind: type[news.News]) -> None:
    kinds = {str(f.type) for f in fields(kind)}
    assert kinds <= {"datetime", "int", "int | None", "str", "float"}


def test_an_event_can_be_compared_and_not_changed() -> None:
    event = news.CampaignFinished(at=NOW, campaign_id=1)
    assert event == news.CampaignFinished(at=NOW, campaign_id=1)
    with pytest.raises(FrozenInstanceError):
        event.campaign_id = 2  # type: ignore[misc]
