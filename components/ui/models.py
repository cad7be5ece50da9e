"""Gets the segmentation models ready, in words on the page while that takes time."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.errors import ModelUnavailable
from components.settings import Settings
from components.video.models import ModelPaths, find_models
from components.video.segmenter import Segmenter, SelfieSegmenter


def segmenter_factory(settings: Settings) -> Callable[[], Segmenter] | None:
    """What makes a segmenter in a worker; None, with a sentence on the page, when there is no model."""
    found = _found()
    if not found:
        try:
            with st.status("Getting the segmentation model ready (once, about 10 s)…", expanded=True) as status:
                found.append(find_models(settings.model_dir, report=status.write))
                status.update(label="The segmentation model is ready.", state="complete", expanded=False)
        except ModelUnavailable as error:
            st.error(str(error), icon=":material/cloud_off:")
            st.button("Try again", key="retry-model", icon=":material/refresh:")
            return None
        st.rerun()
    paths = found[0]
    return lambda: SelfieSegmenter(paths, settings.segmenter_delegate)


@st.cache_resource(show_spinner=False)
def _found() -> list[ModelPaths]:
    return []
