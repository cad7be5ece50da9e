"""A page for the hostile tests: says which shared object this process keeps, and how often scripts have run."""

from collections import Counter

import streamlit as st

from components.ui.guard import guard


@st.cache_resource
def runs() -> Counter[str]:
    return Counter()


guard()
runs()["runs"] += 1
st.text(f"object {id(runs())} runs {runs()['runs']}")
