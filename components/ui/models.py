"""Gets the segmentation models ready, in words on the page while that takes time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from components.errors import ModelUnavailable
from components.settings import Settings
from components.video.models import find_models
from components.video.segmenter import Segmenter, SelfieSegmenter
from components.video.shared_models import SharedModels


def segmenter_factory(settings: Settings) -> Callable[[], Segmenter] | None:
    """What makes a segmenter in a worker; None, with a sentence on the page, when there is no model."""
    models = _models(settings.model_dir)
    if models.found is None:
        try:
            with st.status("Getting the segmentation model ready (once, about 10 s)…", expanded=True) as status:
                models.get(status.write, asked=bool(st.session_state.get("retry-model")))
                status.update(label="The segmentation model is ready.", state="complete", expanded=False)
        except ModelUnavailable as error:
            st.error(str(error), icon=":material/cloud_off:")
            st.button("Try again", key="retry-model", icon=":material/refresh:")
            return None
        st.rerun()
    paths = models.found
    return lambda: SelfieSegmenter(paths, settings.segmenter_delegate)


@st.cache_resource(show_spinner=False)
def _models(folder: Path) -> SharedModels:
    return SharedModels(lambda report: find_models(folder, report=report))
