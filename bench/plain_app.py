"""The plain loopback that `bench.delay` compares with: the same browser, server and libraries, and no processing."""

from streamlit_webrtc import WebRtcMode, webrtc_streamer

webrtc_streamer(
    "plain",
    WebRtcMode.SENDRECV,
    rtc_configuration={"iceServers": []},
    media_stream_constraints={"video": {"width": 640, "height": 480, "frameRate": 30}, "audio": True},
    sendback_audio=False,
)
