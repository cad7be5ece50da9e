"""The models over real HTTP on loopback, with real pip, and by several processes at once."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import platformdirs
import pytest

from components.errors import ModelUnavailable
from components.video.model_sources import MediapipePackage, ModelFile, OfficialAddress
from components.video.models import GENERAL, LANDSCAPE, find_models

ROOT = Path(__file__).parents[2]
IMPATIENT = OfficialAddress(connect_s=2.0, read_s=0.3, total_s=2.0)
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def serving(contents: dict[str, bytes], answer: Answer) -> Iterator[str]:
    """A loopback server that answers each request for a known file with `answer(request, the genuine bytes)`."""

    class Request(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, contents[self.path.rpartition("/")[2]])

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Loopback:
    """The official address, moved to a loopback server."""

    base: str
    name: str = "the official address"
    limits: OfficialAddress = IMPATIENT

    def fetch(self, models: Sequence[ModelFile]) -> Iterator[tuple[ModelFile, bytes]]:
        moved = [replace(model, url=f"{self.base}/{model.name}") for model in models]
        return self.limits.fetch(moved)


def reply(request: BaseHTTPRequestHandler, body: bytes, *, status: int = 200, length: int | None = None) -> None:
    request.send_response(status)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture(scope="module")
def genuine() -> dict[str, bytes]:
    """The real models, from the machine's cache or, the first time, over the network."""
    found = find_models(platformdirs.user_cache_path("segmentation-studio"))
    return {path.name: path.read_bytes() for path in (found.general, found.landscape)}


def assert_complete(folder: Path, genuine: dict[str, bytes]) -> None:
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == genuine


def test_both_models_come_over_http(tmp_path: Path, genuine: dict[str, bytes]) -> None:
    with serving(genuine, reply) as base:
        find_models(tmp_path, sources=[Loopback(base)])
    assert_complete(tmp_path, genuine)


def test_redirects_are_followed(tmp_path: Path, genuine: dict[str, bytes]) -> None:
    def elsewhere_first(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if request.path.startswith("/moved"):
            return reply(request, body)
        request.send_response(302)
        request.send_header("Location", f"/moved{request.path}")
        request.send_header("Content-Length", "0")
        return request.end_headers()

    with serving(genuine, elsewhere_first) as base:
        find_models(tmp_path, sources=[Loopback(base)])
    assert_complete(tmp_path, genuine)


def hang(request: BaseHTTPRequestHandler, body: bytes) -> None:
    """Answer nothing until the other side has given up."""
    request.rfile.read(1)


def hang_midway(request: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(request, body[:1000], length=len(body))
    request.rfile.read(1)


def send_without_end(request: BaseHTTPRequestHandler, body: bytes) -> None:
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(body)
    except OSError:  # The other side has hung up, as it should.
        pass


def cut_off(request: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(request, body[:-1000], length=len(body))


FAULTS = [
    pytest.param(lambda request, body: reply(request, body, status=404), "answered 404", id="404"),
    pytest.param(lambda request, body: reply(request, b"<html>Sign in</html>"), "other than", id="HTML"),
    pytest.param(lambda request, body: reply(request, body[:-1]), "other than", id="one byte short"),
    pytest.param(lambda request, body: reply(request, body[::-1]), "other than", id="wrong hash"),
    pytest.param(cut_off, "did not answer", id="truncated"),
    pytest.param(send_without_end, "more than", id="oversized"),
    pytest.param(hang, "did not answer", id="hanging"),
    pytest.param(hang_midway, "did not answer", id="hanging midway"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS)
def test_a_faulty_address_is_left_for_the_next_source(
    tmp_path: Path, genuine: dict[str, bytes], fault: Answer, reason: str
) -> None:
    said: list[str] = []
    with serving(genuine, fault) as bad, serving(genuine, reply) as good:
        find_models(tmp_path, sources=[Loopback(bad), Loopback(good, name="the mirror")], report=said.append)
    assert_complete(tmp_path, genuine)
    assert reason in said[-1]
    assert said[-1].endswith("; trying the mirror…")


def test_a_refused_connection_names_file_and_folder(tmp_path: Path) -> None:
    with serving({}, reply) as gone:
        pass
    with pytest.raises(ModelUnavailable) as caught:
        find_models(tmp_path, sources=[Loopback(gone)])
    for expected in (GENERAL.name, GENERAL.url, LANDSCAPE.name, LANDSCAPE.url, str(tmp_path), "did not answer"):
        assert expected in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_pip_really_delivers_both_models(tmp_path: Path) -> None:
    said: list[str] = []
    find_models(tmp_path, sources=[MediapipePackage()], report=said.append)
    assert sorted(path.name for path in tmp_path.iterdir()) == [GENERAL.name, LANDSCAPE.name]
    assert len(said) == 1


def fake_python(folder: Path, body: str) -> str:
    """A program that stands where Python with pip should; `dest` is the folder that pip should fill."""
    program = folder / "fake-python"
    head = f"#!{sys.executable}\nimport pathlib, sys, zipfile\n"
    head += "dest = pathlib.Path(next(word for word in sys.argv if word.startswith('--dest='))[7:])\n"
    head += "wheel = dest / 'mediapipe-0.10.21-any.whl'\n"
    program.write_text(head + textwrap.dedent(body))
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("sys.exit('No module named pip')", "could not be downloaded", id="no pip"),
        pytest.param("wheel.write_bytes(b'not a wheel')", "does not hold", id="not a wheel"),
        pytest.param("zipfile.ZipFile(wheel, 'w').writestr('other', b'')", "does not hold", id="other contents"),
        pytest.param("import threading; threading.Event().wait()", "took longer", id="hanging"),
    ],
)
def test_a_pip_that_fails_is_said_in_words(tmp_path: Path, body: str, reason: str) -> None:
    source = MediapipePackage(python=fake_python(tmp_path, body), limit_s=0.5 if reason == "took longer" else 60)
    with pytest.raises(ModelUnavailable, match=reason):
        find_models(tmp_path / "models", sources=[source])
    assert list((tmp_path / "models").iterdir()) == []


def test_a_missing_python_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="needs pip"):
        find_models(tmp_path, sources=[MediapipePackage(python=str(tmp_path / "no-python"))])


def test_a_wheelhouse_with_only_this_machines_build_is_used(tmp_path: Path, genuine: dict[str, bytes]) -> None:
    body = f"""
        if any(word.startswith('--platform') for word in sys.argv):
            sys.exit(1)
        with zipfile.ZipFile(wheel, 'w') as archive:
            for path in pathlib.Path({str(platformdirs.user_cache_path("segmentation-studio"))!r}).glob('*.tflite'):
                archive.write(path, f'mediapipe/modules/selfie_segmentation/{{path.name}}')
    """
    find_models(tmp_path / "models", sources=[MediapipePackage(python=fake_python(tmp_path, body))])
    assert_complete(tmp_path / "models", genuine)


def test_four_processes_at_once_share_one_folder(tmp_path: Path, genuine: dict[str, bytes]) -> None:
    together = threading.Barrier(4)

    def only_when_all_have_asked(request: BaseHTTPRequestHandler, body: bytes) -> None:
        together.wait(60)
        reply(request, body)

    program = """
        import sys
        from pathlib import Path
        from components.video.models import find_models
        from tests.integration.test_models import Loopback, OfficialAddress
        find_models(Path(sys.argv[1]), sources=[Loopback(sys.argv[2], limits=OfficialAddress(read_s=60))])
    """
    with serving(genuine, only_when_all_have_asked) as base:
        command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path / "models"), base]
        running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        errors = [process.communicate(timeout=90)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, errors
    assert_complete(tmp_path / "models", genuine)
