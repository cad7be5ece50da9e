// This server's own stage: one receive-only connection for each participant, signalled through the component's own
// protocol. Offers go out as state; answers come in with the data, about a second later.

const GATHER_MS = 3000; // A dead STUN or TURN server must not hold the offer back for longer.
const ANSWER_MS = 15000; // After this long without an answer the offer is made anew.
const REFUSED_MS = 30000; // Then the server may have room.
const HEAL_MS = 4000; // "disconnected" often mends itself.
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000];

function randomId() {
  // Not randomUUID: a page on plain http in a home network has none.
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, '0')).join('');
}

function gathered(peer) {
  if (peer.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, GATHER_MS);
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState === 'complete') resolve();
    });
  });
}

class Receiver {
  constructor(id, grid, ice, changed) {
    Object.assign(this, { id, grid, ice, changed, offer: null, failures: 0, timer: 0 });
    this.open();
  }

  async open() {
    this.close();
    let peer;
    try {
      peer = new RTCPeerConnection({ iceServers: this.ice(), bundlePolicy: 'max-bundle' });
      this.peer = peer;
      this.receive(peer);
      await peer.setLocalDescription();
      await gathered(peer);
    } catch (error) {
      console.warn('The offer could not be made', error);
      if (peer === this.peer || !peer) this.again();
      return;
    }
    if (peer !== this.peer) return;
    this.offer = { offer_id: randomId(), sdp: peer.localDescription.sdp };
    this.after(ANSWER_MS, () => this.again());
    this.changed();
  }

  receive(peer) {
    const stream = new MediaStream();
    peer.addTransceiver('video', { direction: 'recvonly' });
    peer.addTransceiver('audio', { direction: 'recvonly' });
    peer.addEventListener('track', ({ track }) => {
      stream.addTrack(track);
      this.grid.play(this.id, stream);
    });
    peer.addEventListener('connectionstatechange', () => this.follow(peer));
  }

  // The answer that stands for this participant now, if any.
  take(answer) {
    if (!this.offer) return;
    const said = answer?.offer_id === this.offer.offer_id ? answer.sdp || answer.problem : '';
    if (said === this.applied) return;
    if (this.applied) {
      this.again(); // It stood, and the server has closed it or put another one in its place.
      return;
    }
    this.applied = said;
    if (!answer.sdp) {
      this.grid.wait(this.id, answer.problem);
      clearTimeout(this.timer);
      if (answer.retry) this.after(REFUSED_MS, () => this.again());
      return;
    }
    clearTimeout(this.timer);
    this.grid.explain(this.id, answer.problem); // With an answer: there is sound, and no picture.
    this.peer.setRemoteDescription({ type: 'answer', sdp: said }).catch(() => this.again());
  }

  follow(peer) {
    if (peer !== this.peer) return;
    if (peer.connectionState === 'connected') {
      this.failures = 0;
      clearTimeout(this.timer);
      if (this.shaken) this.grid.wait(this.id, ''); // It has mended itself.
      this.shaken = false;
    } else if (peer.connectionState === 'disconnected') {
      this.shaken = true;
      this.grid.wait(this.id, 'Reconnecting…');
      this.after(HEAL_MS, () => this.again());
    } else if (peer.connectionState === 'failed' || peer.connectionState === 'closed') {
      this.again();
    }
  }

  again() {
    this.grid.wait(this.id, 'Reconnecting…');
    const pause = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length - 1)];
    this.failures += 1;
    this.close();
    this.after(pause, () => this.open());
  }

  after(pause, step) {
    clearTimeout(this.timer);
    this.timer = setTimeout(step, pause);
  }

  close() {
    clearTimeout(this.timer);
    const peer = this.peer;
    Object.assign(this, { peer: null, offer: null, applied: '', shaken: false });
    peer?.close();
  }
}

class LocalSource {
  constructor(grid, send) {
    Object.assign(this, { grid, send, receivers: new Map(), ice: [], sent: '{}' });
  }

  update({ participants, ice, answers }) {
    this.ice = ice;
    this.grid.show(participants);
    const here = new Set(participants.map(({ id }) => id));
    for (const [id, receiver] of this.receivers) {
      if (here.has(id)) continue;
      receiver.close();
      this.receivers.delete(id);
    }
    for (const id of here) {
      const receiver = this.receivers.get(id);
      if (receiver) receiver.take(answers[id]);
      else this.receivers.set(id, new Receiver(id, this.grid, () => this.ice, () => this.tell()));
    }
  }

  tell() {
    const offers = {};
    for (const [id, { offer }] of this.receivers) if (offer) offers[id] = offer;
    const text = JSON.stringify(offers);
    if (text === this.sent) return;
    this.sent = text;
    this.send(offers);
  }

  destroy() {
    for (const receiver of this.receivers.values()) receiver.close();
    this.receivers.clear();
  }
}
