"""Fleet: the day scheduled where every start of a server costs, as background work with a limit."""

import streamlit as st

from app import session
from app.jobs import SEARCHES, Job
from app.scheduling import ScheduleRequest
from app.views.tables import Numbers, table, whole
from app.wording import money, percent, plain
from costmodel import Fleet, StartSchedule

JOB, ASKED = "schedule job", "scheduled fleet"
LIMITS = {10: "10 s", 30: "30 s", 60: "60 s"}
POOLS = ("prefill", "attention", "FFN")


def draw(fleet: Fleet) -> None:
    """The button, the progress, the answer; an answer for another fleet says so."""
    with st.expander(
        "Schedule with start costs", icon=":material/event_available:", key="starts", on_change="rerun"
    ) as box:
        if not box.open:
            return
        st.caption(
            "Without start costs every hour takes what it needs. Here a start costs as much as the cold start of "
            "running, each pool may mix all priced accelerators, and a mixed-integer program (HiGHS) finds the "
            "cheapest day."
        )
        limit = st.selectbox(
            "Time limit", list(LIMITS), format_func=LIMITS.__getitem__, help="The best day found by then."
        )
        if st.button("Schedule", icon=":material/play_arrow:", help="Run; the page stays usable meanwhile."):
            job: Job[StartSchedule] = Job(ScheduleRequest(fleet, float(limit)))
            SEARCHES.submit(job)
            session.show(JOB, job)
            session.show(ASKED, fleet)
        running: Job[StartSchedule] | None = session.recall(JOB)
        if running is None:
            return
        running.look()
        if not running.done:
            _progress()
        else:
            _answer(running, fleet, session.recall(ASKED))


def _answer(job: Job[StartSchedule], fleet: Fleet, asked: Fleet) -> None:
    found = job.result
    if found is None:
        st.warning("Cancelled." if job.cancelled else plain(job.error), icon=":material/block:")
        return
    if asked is not fleet:
        st.warning("The fleet has changed since: this schedule is for the earlier one.", icon=":material/history:")
    proof = "the cheapest there is" if found.optimal else f"at most {percent(found.gap)} above the cheapest there is"
    st.markdown(
        f"**{money(found.usd_per_day)} a day** with starts, {proof}; "
        f"{money(asked.follow.usd_per_day_without_spares)} with one kind of accelerator per pool and free starts. "
        "Spares are not counted in either."
    )
    kinds = [each for each in asked.table.accelerators if each.usd_per_hour is not None]
    rows = [
        (pool, kind, found.units[i, j], found.starts[i, j])
        for i, pool in enumerate(POOLS)
        for j, kind in enumerate(kinds)
        if found.units[i, j].any()
    ]
    table(
        {
            "Pool": [pool for pool, *_ in rows],
            "On": [kind.name for _, kind, *_ in rows],
            "Most units": Numbers([float(units.max()) for *_, units, _ in rows], whole),
            "Mean units": Numbers([float(units.mean()) for *_, units, _ in rows], "{:.1f}".format),
            "Starts a day": Numbers([float(starts.sum()) for *_, starts in rows], whole),
        },
        "start schedule",
    )


@st.fragment(run_every=0.5)
def _progress() -> None:
    """Share of the time limit, twice a second; the whole page again once the schedule is there."""
    job: Job[StartSchedule] = session.recall(JOB)
    job.look()
    if job.done:
        st.rerun()
    place = SEARCHES.place(job)
    text = f"Place {place} in the queue" if place else f"{job.share * 100:.0f}\u00a0% of the time limit"
    st.progress(0.0 if place else min(job.share, 1.0), text=text)
    st.button("Cancel", key="cancel schedule", icon=":material/stop:", on_click=job.cancel, help="Stop this schedule.")
