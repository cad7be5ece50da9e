// Looks after the streamer from the page. Times in milliseconds.

const TICK = 500;
const QUIET_DISCONNECTED = 2000; // Without a packet for so long, a connection that says it is disconnected is lost,
const QUIET_CONNECTED = 5000; // and one that does not say so.
const TRY = 12000; // What one attempt to connect again may take.
const REFUSED = 3000; // A pause after the browser has refused the camera.
const GIVE_UP = 60000;

const FRAME = "iframe[src*='streamlit_webrtc']";

class Watch {
  constructor() {
    this.devices = new Devices();
    this.wanted = false; // Whether the visitor wants the camera on.
    this.restartingSince = null;
    this.triedAt = -Infinity;
    this.sent = '';
    this.notes = {};
    this.timer = setInterval(() => this.guarded(() => this.tick()), TICK);
    this.early = setInterval(() => this.guarded(() => this.install()), 20);
    this.onDevices = () => this.guarded(() => this.devices.revive(this.win, this.pc, this.data.video).catch(() => {}));
    navigator.mediaDevices?.addEventListener?.('devicechange', this.onDevices);
  }

  update(data, setStateValue) {
    this.data = data;
    this.setStateValue = setStateValue;
    this.guarded(() => this.install());
  }

  destroy() {
    clearInterval(this.timer);
    clearInterval(this.early);
    navigator.mediaDevices?.removeEventListener?.('devicechange', this.onDevices);
  }

  // Whatever is not as expected in the streamer costs what is done here, and nothing else.
  guarded(work) {
    try {
      return work();
    } catch (error) {
      if (!this.failed) console.warn('The camera is not looked after:', error);
      this.failed = true;
      return undefined;
    }
  }

  install() {
    const frame = document.querySelector(FRAME);
    const win = frame?.contentWindow;
    if (!win?.location.pathname.includes('streamlit_webrtc') || !win.document.documentElement) return;
    if (this.win !== win || win.__camera_watch !== this) {
      this.win = win;
      this.pc = null;
      this.wanted = false;
      this.translator = new Translator(win, this.data.words);
      win.document.addEventListener('click', (event) => this.clicked(event), true);
      const before = win.__camera_watch;
      win.__camera_watch = this;
      if (!before) this.wrap(win);
    }
  }

  // The wrappers stay in the frame for good, and ask whoever watches it at the time.
  wrap(win) {
    const { mediaDevices } = win.navigator;
    if (mediaDevices?.getUserMedia) {
      const original = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = (constraints) => original(sized(constraints, win.__camera_watch.data?.video));
    }
    if (!win.RTCPeerConnection) return;
    win.RTCPeerConnection = new Proxy(win.RTCPeerConnection, {
      construct(target, args, self) {
        const pc = Reflect.construct(target, args, self);
        win.__camera_watch.guarded(() => win.__camera_watch.adopt(pc));
        return pc;
      },
    });
  }

  adopt(pc) {
    Object.assign(this, { pc, wanted: true, connectedAt: null, receivedAt: performance.now(), packets: 0 });
    this.notes = {};
    // The streamer closes a connection half a second after it is disconnected. Firefox says so for five seconds when one
    // answer to its consent checks is lost; pictures flow all the while.
    pc.addEventListener('connectionstatechange', (event) => {
      if (pc.connectionState === 'disconnected' && this.wanted) event.stopImmediatePropagation();
      if (pc.connectionState === 'connected') this.connectedAt ??= performance.now();
      if (pc.connectionState !== 'disconnected') this.tick();
    });
  }

  button(label) {
    const buttons = [...(this.win?.document.querySelectorAll('button') ?? [])];
    return buttons.find((each) => each.textContent.trim() === label && !each.disabled);
  }

  press(label) {
    const button = this.button(label);
    if (!button) return false;
    this.pressing = true;
    try {
      button.click();
    } finally {
      this.pressing = false;
    }
    return true;
  }

  clicked(event) {
    if (this.pressing) return;
    if (event.target.closest?.('button')?.textContent.trim() !== this.data.stop) return;
    this.wanted = false;
    this.restartingSince = null;
    this.tick();
  }

  tick() {
    this.install();
    if (this.wanted) {
      this.measure();
      if (this.restartingSince !== null) this.restart();
      else if (this.isLost()) this.lose();
      else this.giveUpFirstTry();
    }
    this.report();
  }

  measure() {
    if (this.measuring || !this.pc || this.pc.connectionState === 'closed') return;
    const { pc } = this;
    this.measuring = true;
    pc.getStats().then((stats) => {
      let packets = 0;
      stats.forEach((each) => { if (each.type === 'inbound-rtp') packets += each.packetsReceived ?? 0; });
      if (pc === this.pc && packets > this.packets) Object.assign(this, { packets, receivedAt: performance.now() });
    }).catch(() => {}).finally(() => { this.measuring = false; });
  }

  isLost() {
    if (!this.pc || this.connectedAt === null) return false; // One that never stood is the network's matter.
    const quiet = performance.now() - this.receivedAt;
    const { connectionState } = this.pc;
    if (connectionState === 'connected') return quiet > QUIET_CONNECTED;
    return connectionState === 'disconnected' ? quiet > QUIET_DISCONNECTED : ['failed', 'closed'].includes(connectionState);
  }

  lose() {
    const camera = this.devices.state(this.pc, 'video');
    if (camera && this.pc.connectionState === 'connected') {
      // Nothing to start again: the server has given a camera up that shows nothing.
      this.wanted = false;
      this.notes = { camera };
      this.press(this.data.stop);
      return;
    }
    this.restartingSince = performance.now();
    this.triedAt = -Infinity;
    // First the server hears of it: a stop that it knows nothing of is the visitor's, and ends the stream.
    this.report();
    setTimeout(() => this.guarded(() => this.restartingSince !== null && this.press(this.data.stop)), 100);
  }

  restart() {
    const now = performance.now();
    if (this.connectedAt !== null && this.connectedAt > this.restartingSince) {
      this.restartingSince = null;
    } else if (now - this.restartingSince > GIVE_UP) {
      this.restartingSince = null;
      this.wanted = false;
      this.notes = { given_up: true };
      this.press(this.data.stop);
    } else if (now - this.triedAt > this.pause() && !this.press(this.data.stop) && this.press(this.data.start)) {
      this.triedAt = now;
    }
  }

  // A camera that has just been let go of may be busy for a moment.
  pause() {
    return this.translator?.says && this.button(this.data.start) ? REFUSED : TRY;
  }

  // The streamer goes back to its start button without a word.
  giveUpFirstTry() {
    if (this.connectedAt !== null || !['failed', 'closed'].includes(this.pc?.connectionState)) return;
    this.wanted = false;
    this.notes = { unreachable: true };
  }

  report() {
    const live = this.wanted && this.restartingSince === null && this.connectedAt !== null;
    const report = {
      camera: live ? this.devices.state(this.pc, 'video') : this.notes.camera ?? null,
      microphone: live ? this.devices.state(this.pc, 'audio') : null,
      connected: live,
      restarting: this.restartingSince !== null,
      given_up: Boolean(this.notes.given_up),
      unreachable: Boolean(this.notes.unreachable),
    };
    const text = JSON.stringify(report);
    if (text === this.sent || !this.setStateValue) return;
    this.sent = text;
    this.setStateValue('report', report);
  }
}

const watches = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  if (!data) return undefined;
  let watch = watches.get(parentElement);
  if (!watch) watches.set(parentElement, (watch = new Watch()));
  watch.update(data, setStateValue);
  const turn = (watch.turn = (watch.turn ?? 0) + 1);
  return () => {
    if (watches.get(parentElement) !== watch || watch.turn !== turn) return;
    watches.delete(parentElement);
    watch.destroy();
  };
}
