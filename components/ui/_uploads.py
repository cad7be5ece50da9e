"""How much a browser may upload to Streamlit's server (private methods of Streamlit, 1.67, and Starlette).

Streamlit takes whatever is PUT to an open page's address, as often as it likes, keeps it in memory, and keeps it when
the page is closed, for two minutes or until somebody else comes: five visits left 2.8 GB behind. A page of ours needs
the file that was chosen last, and reads it in the run that follows.

If one of the methods moves, `limit_uploads` raises on the first page.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

ROUTE = "/_stcore/upload_file/"


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Files that one page may have on the server; bytes that all pages together may; requests under way of one page and
    of all, each of them held in memory once more at its end; and seconds that one may take."""

    files_per_page: int = 2
    total_bytes: int = 200_000_000
    requests_per_page: int = 2
    requests: int = 8
    seconds: float = 120.0


def limit_uploads(limits: UploadLimits | None = None) -> None:
    """From now on, for every page of this process; any number of times."""
    if getattr(MemoryUploadedFileManager.add_file, "limited", False):
        return
    limits = limits or UploadLimits()
    _limit_files(limits)
    _limit_requests(limits)
    _drop_files_with_the_page()


def _limit_files(limits: UploadLimits) -> None:
    original = MemoryUploadedFileManager.add_file

    def add_file(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        if not Runtime.instance().is_active_session(session_id):
            raise HTTPException(410, "The page was closed while the file came.")
        _remove_oldest(manager, session_id, file.file_id, limits.files_per_page - 1)
        if manager._total_bytes + len(file.data) > limits.total_bytes:
            raise HTTPException(503, "The server is busy with other files; try again in a minute.")
        original(manager, session_id, file)

    add_file.limited = True  # type: ignore[attr-defined]
    MemoryUploadedFileManager.add_file = add_file  # type: ignore[method-assign, assignment]


def _remove_oldest(manager: MemoryUploadedFileManager, session_id: str, new: str, most: int) -> None:
    """Leave no more than `most` files of a page beside the new one."""
    with manager._lock:
        others = [file_id for file_id in manager.file_storage.get(session_id, ()) if file_id != new]
    for file_id in others[: max(0, len(others) - most)]:
        manager.remove_file(session_id, file_id)


def _limit_requests(limits: UploadLimits) -> None:
    original = Request._get_form
    under_way: Counter[str] = Counter()

    async def _get_form(request: Request, **options: Any) -> Any:
        if ROUTE not in request.url.path:
            return await original(request, **options)
        page = request.path_params.get("session_id", "")
        if under_way[page] >= limits.requests_per_page or under_way.total() >= limits.requests:
            raise HTTPException(429, "Too many files at once; try again when the others are done.")
        under_way[page] += 1
        try:
            async with asyncio.timeout(limits.seconds):
                return await original(request, **options | {"max_files": 1, "max_fields": 1})
        except TimeoutError:
            raise HTTPException(408, "The file came too slowly; try again.") from None
        except ClientDisconnect:  # Everyday; Streamlit would write a traceback.
            raise HTTPException(400, "The file did not come whole; try again.") from None
        finally:
            under_way[page] -= 1
            if not under_way[page]:
                del under_way[page]

    Request._get_form = _get_form  # type: ignore[method-assign, assignment]


def _drop_files_with_the_page() -> None:
    original = Runtime.disconnect_session

    def disconnect_session(runtime: Runtime, session_id: str, **options: Any) -> None:
        original(runtime, session_id, **options)
        manager = runtime.uploaded_file_mgr
        if manager is not None and not runtime.is_active_session(session_id):
            manager.remove_session_files(session_id)

    Runtime.disconnect_session = disconnect_session  # type: ignore[method-assign, assignment]
