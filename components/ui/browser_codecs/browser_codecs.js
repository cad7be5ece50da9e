// Whether this browser can show H.264 by WebRTC: asked of the browser, and of an offer that it would make.

async function shows() {
  const listed = RTCRtpReceiver.getCapabilities?.('video')?.codecs;
  if (listed && !listed.some(({ mimeType }) => mimeType.toLowerCase() === 'video/h264')) return false;
  const peer = new RTCPeerConnection();
  try {
    peer.addTransceiver('video', { direction: 'recvonly' });
    return /H264\/90000/i.test((await peer.createOffer()).sdp);
  } finally {
    peer.close();
  }
}

export default function ({ parentElement, setStateValue }) {
  const place = parentElement.host ?? parentElement;
  if (place.dataset.asked) return undefined;
  place.dataset.asked = 'yes';
  // A browser without WebRTC is told so by the camera's own button.
  shows().then((yes) => { if (!yes) setStateValue('blind', true); }, () => {});
  return undefined;
}
