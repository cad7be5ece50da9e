// Camera and microphone as the browser sees them: ended (unplugged, Bluetooth gone), or muted by a switch or the system.

class Devices {
  constructor() {
    this.muted = new WeakSet();
    this.ended = new WeakSet();
    this.known = new WeakSet();
  }

  sender(pc, kind) {
    return pc?.getSenders?.().find(({ track }) => track?.kind === kind);
  }

  state(pc, kind) {
    const track = this.sender(pc, kind)?.track;
    if (!track) return null;
    this.listen(track);
    if (track.readyState === 'ended' || this.ended.has(track)) return 'ended';
    return track.muted || this.muted.has(track) ? 'muted' : null;
  }

  listen(track) {
    if (this.known.has(track)) return;
    this.known.add(track);
    track.addEventListener('mute', () => this.muted.add(track));
    track.addEventListener('unmute', () => this.muted.delete(track));
    track.addEventListener('ended', () => this.ended.add(track));
  }

  // A device that is plugged in again takes its old place in the connection; another one does not.
  async revive(win, pc, video) {
    const present = new Set((await win.navigator.mediaDevices.enumerateDevices()).map(({ deviceId }) => deviceId));
    for (const kind of ['video', 'audio']) {
      const sender = this.sender(pc, kind);
      const deviceId = sender?.track?.getSettings?.().deviceId;
      if (!deviceId || !present.has(deviceId) || this.state(pc, kind) !== 'ended') continue;
      const wanted = { ...(kind === 'video' ? video : {}), deviceId: { exact: deviceId } };
      const [track] = (await win.navigator.mediaDevices.getUserMedia({ [kind]: wanted })).getTracks();
      await sender.replaceTrack(track);
    }
  }
}

// A request that names the camera alone (the list of cameras, a camera chosen while live) gets it as small as it comes,
// and so does every other request for it in this page. So the size is always asked for.
const sized = (constraints, video) => {
  const asked = constraints?.video;
  const alone = asked === true || (asked && Object.keys(asked).every((key) => key === 'deviceId'));
  return alone && video ? { ...constraints, video: { ...(asked === true ? {} : asked), ...video } } : constraints;
};
