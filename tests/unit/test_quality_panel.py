"""The control "Quality" and the panel "Advanced", as Streamlit runs them."""

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Slider, Toggle

from components.ui.quality import SHARES, TOGGLES
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


def controls(app: AppTest) -> dict[str, Toggle | Slider[int]]:
    return {str(control.label): control for control in [*app.toggle, *app.slider]}


def values(app: AppTest) -> dict[str, bool | int]:
    return {label: control.value for label, control in controls(app).items()}


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
    controls(app)["Light match"].set_value(75).run()
    controls(app)["Steady edges"].set_value(False).run()
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


def test_a_level_makes_its_controls_anew_and_a_hand_does_not() -> None:
    """What the browser still reports of the old ones is then nobody's wish, and a slider being dragged stays."""
    session = a_session()
    app = page(session)
    by_hand = controls(app)["Fine edges"].set_value(False).run()
    before = {label: control.id for label, control in controls(by_hand).items()}
    app.slider[0].set_value(75).run()
    assert {label: control.id for label, control in controls(app).items()} == before
    app.segmented_control(key="quality").set_value("Fastest").run()
    assert not {control.id for control in controls(app).values()} & set(before.values())


def test_each_control_brings_its_value_itself() -> None:
    """Not by the session's state: where a page is rerun while it loads, the browser never gets that."""
    session = a_session()
    session.studio.aim(Quality.FASTEST)
    app = page(session)
    assert {slider.label: slider.proto.default for slider in app.slider} == {
        **{label: [round(100 * getattr(FASTEST, name))] for name, (label, _) in SHARES.items()},
        "Frames per outline": [FASTEST.stride],
    }
    assert {toggle.label: toggle.proto.default for toggle in app.toggle} == {
        label: getattr(FASTEST, name) for name, (label, _) in TOGGLES.items()
    }
    assert app.segmented_control(key="quality").proto.default == [1]  # The second of four.
