"""Files of visitors: read once, and refused with a reason instead of an exception."""

import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app.uploads import text_of
from app.views import trace
from tests.app.running import linked, opened, texts

GOOD = "prompt,output\n100,10\n300,30\n"
REFUSED = {
    "unclosed quote": (b'prompt,output\n"100,10\n300,30\n', "trace: is not a CSV file: unexpected end of data"),
    "mean above the limit": (b"prompt,output\n10000000,100\n", "context: 10000051 is not allowed"),
    "UTF-16": (GOOD.encode("utf-16"), "the file is not text in UTF-8: byte 0xff at place 0"),
    "Latin-1": (b"prompt,output,name\n1,2,gr\xf6sser\n", "the file is not text in UTF-8: byte 0xf6 at place 25"),
    "underscore": (b"prompt,output\n1_000,2\n", "prompt: '1_000' is not allowed"),
    "other digits": ("prompt,output\n\u0661,2\n".encode(), "is not allowed; must be a whole number from 0"),
    "nothing": (b"", "no column prompt"),
    "zeros": (bytes(1000), "no column prompt"),
}


def uploaded(content: bytes) -> AppTest:
    at = opened(page="views/plan.py")
    at.file_uploader(key="trace").set_value(("trace.csv", content, "text/csv")).run()
    return at


@pytest.mark.parametrize("case", REFUSED)
def test_a_trace_that_cannot_be_used_is_refused_with_the_reason(case: str) -> None:
    content, told = REFUSED[case]
    at = uploaded(content)
    assert not at.exception
    assert told in texts(at)
    assert not [button for button in at.button if button.label == "Plan for this trace"]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_trace_with_any_line_end_or_mark_is_planned_for(start: bytes, end: str) -> None:
    at = uploaded(start + GOOD.replace("\n", end).encode())
    next(button for button in at.button if button.label == "Plan for this trace").click().run()
    seen = cm.mix_of_trace(GOOD).workload()
    assert linked(at).workload.context == seen.context
    assert linked(at).workload.context_deviation == pytest.approx(seen.context_deviation)


def test_a_trace_is_read_once_for_all_redraws(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    monkeypatch.setattr(cm, "mix_of_trace", lambda text: read.append(text) or MIX)
    monkeypatch.setattr(trace, "mix_of_trace", cm.mix_of_trace)
    at = uploaded(b"prompt,output\n111,11\n")
    for tpot in (20.0, 30.0):
        at.sidebar.number_input(key="sla.tpot").set_value(tpot).run()
    assert len(read) == 1


MIX = cm.mix_of_trace(GOOD)


def test_a_scenario_file_with_a_byte_order_mark_opens() -> None:
    text = cm.to_toml(cm.from_query("attention.0.heads=96").scenario)
    at = opened(page="views/gallery.py")
    at.file_uploader(key="uploaded scenario").set_value(("mine.toml", text.encode("utf-8-sig"), "application/toml"))
    at.run()
    next(button for button in at.button if button.label == "Open uploaded scenario").click().run()
    assert linked(at).model.attention[0].heads == 96


def test_a_preset_that_cannot_be_read_leaves_the_page_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> cm.ScenarioFile:
        raise cm.PresetError(f"cannot be read: {name}")

    monkeypatch.setattr(cm, "load_scenario", broken)
    at = opened(page="views/gallery.py")
    assert not at.exception
    assert len(at.warning) == len(cm.scenarios())
    assert at.text_area(key="pasted scenario")


def test_text_of_a_file_is_what_was_written() -> None:
    assert text_of("größer".encode()) == text_of("größer".encode("utf-8-sig")) == "größer"
