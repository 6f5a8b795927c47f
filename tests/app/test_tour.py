"""The tour of a first visit: three scenarios with different answers, on request only."""

import costmodel as cm
from app.views.tour import STOPS
from tests.app.running import linked, opened


def test_tour_goes_through_three_answers_and_ends() -> None:
    at = opened()
    answers = []
    at.button(key="tour start").click().run()
    for place, (query, said) in enumerate(STOPS):
        assert not at.exception
        assert linked(at) == cm.from_query(query).scenario
        assert any(f"**{place + 1} of 3** {said}" == text.value for text in at.markdown)
        answers.append(cm.decide(linked(at)).form)
        at.button(key="tour next" if place < 2 else "tour end").click().run()
    assert answers == ["split", "alone", "depends"]
    assert linked(at) == cm.from_query(STOPS[-1][0]).scenario
    assert at.button(key="tour start")


def test_nothing_of_the_tour_shows_before_it_is_asked_for() -> None:
    keys = {button.key for button in opened().button}
    assert "tour start" in keys
    assert not keys & {"tour next", "tour end"}
