"""A page with our limits on uploads, in small, that tells what the server holds."""

import streamlit as st
from streamlit.runtime import Runtime

from components.ui._uploads import UploadLimits, limit_uploads

limit_uploads(UploadLimits(files_per_page=2, total_bytes=5_500_000))
manager = Runtime.instance().uploaded_file_mgr
files = [file for files in manager.file_storage.values() for file in files.values()]  # type: ignore[attr-defined]
st.text(f"held {len(files)} {sum(len(file.data) for file in files)}")
