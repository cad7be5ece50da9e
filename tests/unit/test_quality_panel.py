"""The control "Quality" and the panel "Advanced", as Streamlit runs them."""

from streamlit.testing.v1 import AppTest

from components.ui.session import Session
from components.video.quality import BALANCED, BEST, FASTEST, Override, Quality
from tests.panels import a_session


def page(session: Session) -> AppTest:
    def script() -> None:
        import streamlit as st

        from components.ui.quality import draw_quality

        draw_quality(st.session_state["visitor"])

    app = AppTest.from_function(script)
    app.session_state["visitor"] = session
    return app.run()


def values(app: AppTest) -> dict[str, bool | int]:
    widgets = [*app.toggle, *app.slider]
    return {str(widget.label): widget.value for widget in widgets}


def test_auto_is_where_everybody_begins() -> None:
    session = a_session()
    app = page(session)
    assert not app.exception
    assert app.segmented_control(key="quality").value == "Auto"
    assert values(app)["Fine edges"] is BEST.edge_aware
    assert values(app)["Light match"] == 30


def test_a_level_shows_what_it_does() -> None:
    session = a_session()
    app = page(session)
    app.segmented_control(key="quality").set_value("Fastest").run()
    assert session.studio.look.quality is Quality.FASTEST
    shown = values(app)
    assert (shown["Fine edges"], shown["Steady edges"]) == (FASTEST.edge_aware, FASTEST.steady)
    assert shown["Frames per outline"] == FASTEST.stride


def test_what_is_set_by_hand_stays_until_it_is_reset() -> None:
    session = a_session()
    app = page(session)
    app.slider(key="step-light_match").set_value(75).run()
    app.toggle(key="step-steady").set_value(False).run()
    assert session.studio.look.override == Override(light_match=0.75, steady=False)
    app.segmented_control(key="quality").set_value("Balanced").run()
    assert session.studio.look.override.on(BALANCED).light_match == 0.75
    assert (values(app)["Light match"], values(app)["Steady edges"]) == (75, False)
    app.button(key="steps-reset").click().run()
    assert session.studio.look.override == Override()
    assert values(app)["Light match"] == 30
    assert session.studio.look.quality is Quality.BALANCED


def test_a_page_that_is_drawn_anew_shows_the_look_as_it_is() -> None:
    session = a_session()
    session.studio.aim(Quality.BEST)
    session.studio.adjust(Override(light_wrap=0.6))
    app = page(session)
    assert app.segmented_control(key="quality").value == "Best"
    assert values(app)["Light wrap"] == 60


def test_a_page_that_reports_the_control_before_it_is_drawn_changes_nothing() -> None:
    session = a_session()
    session.studio.aim(Quality.BEST)
    app = page(session)
    app.segmented_control(key="quality").set_value(None)
    app.run()
    assert not app.exception
    assert session.studio.look.quality is Quality.BEST
    assert app.segmented_control(key="quality").value == "Best"
