"""The sidebar's first section: describe a background, and it is made."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

import streamlit as st

from components.backgrounds.generator import MOST_CHARACTERS, MOST_SEED, ImageRequest, ModelChoice, nearest_ratio
from components.backgrounds.workshop import Made, Workshop
from components.errors import BudgetSpent, StudioError
from components.ui.plain import plain
from components.ui.session import Session
from components.ui.styles import STYLES, an_idea, enriched
from components.ui.timeline import Chosen
from components.ui.visitor import EVERYBODY
from components.video.backdrop import Still


def draw_prompt(session: Session, workshop: Workshop, owner: str) -> None:
    """Draw the description, its button, and what came of it."""
    if session.prompt_news:
        st.toast(session.prompt_news, icon=":material/check_circle:")
        session.prompt_news = None
    st.text_area(
        "Describe your background",
        key="prompt",
        persist_state="session",
        placeholder="beach with palm trees",
        max_chars=MOST_CHARACTERS,
        height=84,
    )
    style = st.pills("Style", list(STYLES), key="style", persist_state="session", label_visibility="collapsed")
    # What comes and goes has a place of its own, here and below: what follows then stays where it is. While a page is
    # drawn anew, Streamlit shows whatever has moved twice, where it was and where it is.
    with st.container():
        if style and st.session_state["prompt"].strip():
            st.caption(f"Sent as: {plain(enriched(st.session_state['prompt'], style))}")
    busy = session.job is not None
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Generate background",
            key="generate",
            type="primary" if session.studio.live and not busy else "secondary",
            icon=":material/auto_awesome:",
            shortcut="Ctrl+Enter",
            width="stretch",
            disabled=busy,
            on_click=_generate,
            args=(session, workshop, owner),
        )
        st.button("Surprise me", key="surprise", icon=":material/casino:", width="stretch", on_click=_surprise)
    models = workshop.models()
    _draw_price(workshop, owner, _chosen_model(models))
    with st.container():
        if session.job:
            _draw_progress(session, workshop)
            # Not in the fragment, whose clicks draw nothing but itself anew.
            st.button("Cancel", key="cancel", icon=":material/close:", on_click=_cancel, args=(session,))
    with st.container():
        if session.prompt_problem:
            st.error(session.prompt_problem, icon=":material/error:")
        elif session.prompt_note:
            st.caption(session.prompt_note)
    _draw_more(models)
    _draw_again(session, workshop, owner)


def _draw_price(workshop: Workshop, owner: str, model: ModelChoice | None) -> None:
    try:
        budget = workshop.left(owner)
    except BudgetSpent as error:
        st.error(str(error), icon=":material/savings:")
        return
    left = min(budget.session, budget.today)
    cost = model.cost if model else None
    price = "" if cost is None else " · free" if cost == 0 else f" · ≈ ${cost:.2f} each"
    st.caption(f"{workshop.generator.name} · {left} left today{price}")
    if workshop.library.shared:
        st.caption(EVERYBODY)


@st.fragment(run_every=0.5)
def _draw_progress(session: Session, workshop: Workshop) -> None:
    job = session.job
    if job is None:
        return
    if job.done:
        _finish(session, workshop)
        st.rerun()
    words = job.sentence or "Making your background"
    st.status(f"{words} · {job.seconds:.0f} s ({workshop.generator.expectation})", type="compact")


def _draw_more(models: tuple[ModelChoice, ...]) -> None:
    with st.expander("More", icon=":material/tune:"):
        with st.container():
            if len(models) > 1:
                names = {model.id: f"{model.name} (retired)" if model.retired else model.name for model in models}
                st.selectbox("Model", list(names), format_func=names.__getitem__, key="model", persist_state="session")
        st.text_input(
            "Leave out",
            key="negative",
            persist_state="session",
            max_chars=MOST_CHARACTERS,
            help="What should not be in the picture.",
        )
        st.text_input(
            "Seed",
            key="seed",
            persist_state="session",
            max_chars=len(str(MOST_SEED)),
            help=f"0 to {MOST_SEED}; the same seed gives the same picture. Blank: random.",
        )


def _draw_again(session: Session, workshop: Workshop, owner: str) -> None:
    undo, redo = st.columns(2, gap="small")
    again, edit = st.columns(2, gap="small")
    timeline = session.timeline
    undo.button(
        "Undo",
        key="undo",
        shortcut="F8",
        icon=":material/undo:",
        width="stretch",
        disabled=not timeline.can_undo,
        on_click=session.undo,
    )
    redo.button(
        "Redo",
        key="redo",
        shortcut="F9",
        icon=":material/redo:",
        width="stretch",
        disabled=not timeline.can_redo,
        on_click=session.redo,
    )
    none_yet = session.last_request is None
    again.button(
        "Again",
        key="again",
        icon=":material/refresh:",
        width="stretch",
        help="The same description with a new seed.",
        disabled=none_yet or session.job is not None,
        on_click=_again,
        args=(session, workshop, owner),
    )
    edit.button(
        "Edit prompt",
        key="edit",
        icon=":material/edit:",
        width="stretch",
        disabled=none_yet,
        on_click=_edit,
        args=(session,),
    )


def _surprise() -> None:
    st.session_state["prompt"] = an_idea(st.session_state.get("prompt", ""))


def _edit(session: Session) -> None:
    if session.last_request:
        st.session_state["prompt"], st.session_state["style"] = session.last_request


def _again(session: Session, workshop: Workshop, owner: str) -> None:
    # The field stays: somebody may be typing the next description.
    if session.last_request:
        _send(session, workshop, owner, *session.last_request, seed="")


def _generate(session: Session, workshop: Workshop, owner: str) -> None:
    wanted = st.session_state["prompt"], st.session_state["style"]
    _send(session, workshop, owner, *wanted, seed=st.session_state.get("seed", "").strip())


def _send(session: Session, workshop: Workshop, owner: str, prompt: str, style: str | None, seed: str) -> None:
    if session.job is not None:  # a double click sends once
        return
    session.prompt_problem = session.prompt_note = None
    try:
        request = replace(_request(prompt, seed, session, workshop), prompt=enriched(prompt, style))
        session.job = workshop.start(owner, request)
    except StudioError as error:
        session.prompt_problem = str(error)
    else:
        session.last_request = (prompt, style)


def _request(prompt: str, seed: str, session: Session, workshop: Workshop) -> ImageRequest:
    model = _chosen_model(workshop.models())
    return ImageRequest(
        prompt=prompt,
        negative_prompt=st.session_state.get("negative", "").strip(),
        aspect_ratio=nearest_ratio(*session.studio.size),
        seed=_seed(seed) if seed else None,
        model=model.id if model else None,
    )


def _seed(text: str) -> int:
    """-1 for what is none, which the request refuses; Python itself refuses to read thousands of digits."""
    return int(text) if re.fullmatch(r"[0-9]{1,10}", text) else -1


def _chosen_model(models: tuple[ModelChoice, ...]) -> ModelChoice | None:
    wanted = st.session_state.get("model")
    return next((model for model in models if model.id == wanted), models[0] if models else None)


def _cancel(session: Session) -> None:
    job, session.job = session.job, None
    if job is not None:
        free = job.cancel()
        session.prompt_note = (
            "Cancelled before it was made: it cost nothing."
            if free
            else "Cancelled. It was already sent and counts; if the picture still comes, it is kept in your history."
        )


def _finish(session: Session, workshop: Workshop) -> None:
    job, session.job = session.job, None
    if job is None:
        return
    if job.error or job.made is None:
        session.prompt_problem = str(job.error)
        return
    use_made(session, job.made)
    session.prompt_note = job.made.note
    # For the next run: a toast right before `st.rerun` is dropped with all else that has not been sent yet.
    session.prompt_news = _summary(job.made, workshop.models())


def use_made(session: Session, made: Made) -> None:
    """Put a picture from the workshop behind the person."""
    name = made.entry.id if made.entry else f"unkept-{secrets.token_hex(8)}"
    session.use(Chosen("kept", name, Still(made.pixels)))


def _summary(made: Made, models: tuple[ModelChoice, ...]) -> str:
    if made.image is None:
        return "From your library, at no cost."
    image = made.image
    name = next((model.name for model in models if model.id == image.model), image.model)
    cost = "" if image.cost is None else " · free" if image.cost == 0 else f" · ≈ ${image.cost:.2f}"
    seed = "" if image.seed is None else f" · seed {image.seed}"
    return f"{name} · {image.seconds:.1f} s{cost}{seed}"
