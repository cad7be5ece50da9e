import pytest

from components.errors import SettingsError
from components.settings import Settings, read_settings
from components.video.h264 import LEAST_KBPS, MOST_KBPS, within_limits


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_any_setting_everything_has_a_default() -> None:
    settings = read_settings()
    assert settings.max_live_sessions == 4
    assert settings.segmenter_delegate == "cpu"
    assert settings.ice_servers == "auto"
    assert settings.model_dir.is_absolute()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_LIVE_SESSIONS", "0"),
        ("MAX_LIVE_SESSIONS", "many"),
        ("SEGMENTER_DELEGATE", "tpu"),
        ("ICE_SERVERS", "stun:example.org"),
        ("TURN_URL", "https://example.org"),
        ("TURN_USERNAME", "me"),
        ("TURN_CREDENTIAL", "hunter2"),
        ("CLOUDFLARE_TURN_KEY_API_TOKEN", "hunter2"),
        ("TWILIO_AUTH_TOKEN", "hunter2"),
        ("IVS_SIGNING_KEY", "hunter2"),
        ("BACKGROUND_API_URL", "http://example.org/image"),
        ("BACKGROUND_API_URL", "https://example.org/image?key=hunter2"),
        ("BACKGROUND_API_URL", "https://me:hunter2@example.org/image"),
        ("BACKGROUND_API_IMAGE_HOSTS", "https://d111.cloudfront.net/"),
        ("IVS_WHIP_URL", "nowhere"),
        ("IVS_EVENTS_URL", "nothing"),
        ("STAGE_VIDEO_KBPS", "9000"),
        ("STAGE_PRIVATE_ADDRESSES", "perhaps"),
        ("STAGE_DESTINATIONS", "ivs, moon"),
        ("STAGE_DESTINATIONS", " , "),
    ],
)
def test_a_bad_value_is_named_and_a_secret_is_not_shown(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as caught:
        read_settings()
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://example.org/image", "http://localhost:9000/image", "http://[::1]/image"])
def test_a_background_api_may_be_elsewhere_by_https_or_here(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKGROUND_API_URL", url)
    monkeypatch.setenv("BACKGROUND_API_IMAGE_HOSTS", "d111.cloudfront.net, pictures.example:8443")
    assert str(read_settings().background_api_url) == url
    assert read_settings().image_hosts == ("d111.cloudfront.net", "pictures.example:8443")


def test_destinations_have_one_order_however_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().destinations == ("ivs", "server", "whip", "rtmps")
    monkeypatch.setenv("STAGE_DESTINATIONS", "Server IVS")
    assert read_settings().destinations == ("ivs", "server")


def test_a_bitrate_that_may_be_set_is_one_that_is_aimed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    for kbps in (LEAST_KBPS, MOST_KBPS):
        monkeypatch.setenv("STAGE_VIDEO_KBPS", str(kbps))
        assert within_limits(read_settings().stage_video_kbps) == kbps
    for kbps in (LEAST_KBPS - 1, MOST_KBPS + 1):
        monkeypatch.setenv("STAGE_VIDEO_KBPS", str(kbps))
        with pytest.raises(SettingsError, match="STAGE_VIDEO_KBPS"):
            read_settings()


def test_the_events_socket_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVS_EVENTS_URL", "none")
    assert read_settings().ivs_events_url == "none"


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_LIVE_SESSIONS", "")
    assert read_settings().max_live_sessions == 4


def test_secrets_do_not_show_in_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURN_USERNAME", "me")
    monkeypatch.setenv("TURN_CREDENTIAL", "hunter2")
    assert "hunter2" not in repr(read_settings())
