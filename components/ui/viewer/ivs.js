// A stage on Amazon IVS, through the official Web Broadcast SDK, which is loaded once from its CDN and only subscribes.

const LOADING_MS = 20000;

const NOT_LOADED = 'Amazon’s player could not be loaded. Check that this network lets you reach live-video.net, then reload the page.';

// StageErrorCode, SDK 1.41
const PROBLEMS = {
  1: 'The viewer token is damaged. Copy it again, in full.',
  2: 'The viewer token has expired. Ask for a new invitation.',
  3: 'The stage does not answer. Check your network; it is tried again when you reload the page.',
  4: 'The stage could not be joined. Reload the page to try again.',
  5: '',
  6: 'The stage is full. Try again when somebody has left.',
  7: 'This browser cannot show the stage’s video: it has no H.264. In Firefox, open about:addons, choose “Plugins”, switch “OpenH264 Video Codec” to “Always Activate” and reload this page. Or use a current Chrome, Edge or Safari.',
  8: 'This token may not watch. It needs the capability SUBSCRIBE.',
  9: 'The stage has been deleted.',
  10: 'You have been disconnected from the stage. Ask for a new invitation.',
};

// StageLeftReason, SDK 1.41
const FAREWELLS = {
  'token-reused': 'This invitation is open in another window, which has taken over. Each viewer needs a token of their own.',
  'participant-disconnected': PROBLEMS[10],
  'stage-deleted': PROBLEMS[9],
  'token-expired': PROBLEMS[2],
  maxConcurrentConnections: PROBLEMS[6],
};

let loading = null;

function loadSdk(url) {
  if (window.IVSBroadcastClient) return Promise.resolve(window.IVSBroadcastClient);
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    Object.assign(script, { src: url, async: true, charset: 'utf-8', referrerPolicy: 'no-referrer' });
    const fail = () => {
      clearTimeout(timer);
      script.remove();
      loading = null;
      reject(new Error(NOT_LOADED));
    };
    const timer = setTimeout(fail, LOADING_MS);
    script.addEventListener('load', () => {
      clearTimeout(timer);
      if (window.IVSBroadcastClient) resolve(window.IVSBroadcastClient);
      else fail();
    });
    script.addEventListener('error', fail);
    document.head.append(script);
  });
  return loading;
}

class IvsSource {
  constructor(grid) {
    Object.assign(this, { grid, people: new Map(), streams: new Map(), exclude: new Set(), turn: 0 });
  }

  update({ sdk, token: given, exclude }) {
    const token = given ?? new URLSearchParams(location.hash.slice(1)).get('token');
    const before = [...this.exclude].join();
    this.exclude = new Set(exclude);
    if (token !== this.token || sdk !== this.sdk) {
      Object.assign(this, { token, sdk });
      this.join();
    } else if (before !== exclude.join()) {
      this.stage?.refreshStrategy();
      this.draw();
    }
  }

  async join() {
    this.leave();
    this.grid.say('');
    this.grid.idle('Joining the stage…');
    const turn = this.turn;
    try {
      const sdk = await loadSdk(this.sdk);
      if (turn !== this.turn) return;
      const stage = new sdk.Stage(this.token, this.strategy(sdk));
      this.stage = stage;
      this.listen(sdk, stage, () => turn === this.turn);
      await stage.join();
    } catch (error) {
      if (turn === this.turn) this.fail(error);
    }
  }

  strategy({ SubscribeType }) {
    return {
      stageStreamsToPublish: () => [],
      shouldPublishParticipant: () => false,
      shouldSubscribeToParticipant: (who) => (this.wanted(who) ? SubscribeType.AUDIO_VIDEO : SubscribeType.NONE),
    };
  }

  // Not oneself: neither this viewer nor the same person's own stream.
  wanted({ id, userId, isLocal }) {
    return !isLocal && !this.exclude.has(id) && !(userId && this.exclude.has(userId));
  }

  listen({ StageEvents }, stage, current) {
    const on = (event, act) => stage.on(event, (...values) => current() && act(...values));
    on(StageEvents.STAGE_PARTICIPANT_JOINED, (who) => this.note(who));
    on(StageEvents.STAGE_PARTICIPANT_METADATA_CHANGED, (who) => this.note(who));
    on(StageEvents.STAGE_PARTICIPANT_PUBLISH_STATE_CHANGED, (who) => this.note(who));
    on(StageEvents.STAGE_STREAM_MUTE_CHANGED, (who) => this.note(who));
    on(StageEvents.STAGE_PARTICIPANT_LEFT, (who) => this.forget(who));
    on(StageEvents.STAGE_PARTICIPANT_STREAMS_ADDED, (who, streams) => this.attach(who, streams));
    on(StageEvents.STAGE_PARTICIPANT_STREAMS_REMOVED, (who, streams) => this.detach(who, streams));
    on(StageEvents.STAGE_PARTICIPANT_SUBSCRIBE_STATE_CHANGED, (who, state) => {
      if (state === 'errored') this.grid.wait(who.id, 'Reconnecting…');
    });
    on(StageEvents.STAGE_CONNECTION_STATE_CHANGED, (state) => this.follow(state));
    on(StageEvents.STAGE_LEFT, (reason) => FAREWELLS[reason] && this.end(FAREWELLS[reason]));
    on(StageEvents.ERROR, (error) => this.fail(error));
  }

  follow(state) {
    this.grid.idle(state === 'connected' ? NOBODY : 'Joining the stage…');
    if (state === 'connected') this.grid.say('');
    if (state === 'errored') for (const id of this.people.keys()) this.grid.wait(id, 'Reconnecting…');
  }

  note(who) {
    if (!this.wanted(who)) return;
    this.people.set(who.id, who);
    this.draw();
  }

  forget({ id }) {
    this.people.delete(id);
    this.streams.delete(id);
    this.draw();
  }

  attach(who, streams) {
    if (!this.wanted(who)) return;
    const stream = this.streams.get(who.id) ?? new MediaStream();
    this.streams.set(who.id, stream);
    for (const { mediaStreamTrack } of streams) if (mediaStreamTrack) stream.addTrack(mediaStreamTrack);
    this.note(who);
    this.grid.play(who.id, stream);
  }

  detach({ id }, streams) {
    const stream = this.streams.get(id);
    for (const { mediaStreamTrack } of streams) if (mediaStreamTrack) stream?.removeTrack(mediaStreamTrack);
    if (stream && stream.getTracks().length === 0) this.streams.delete(id);
    this.draw();
  }

  // A tile for everybody who publishes: who only watches is not on.
  draw() {
    const on = [...this.people.values()].filter((who) => this.wanted(who) && (who.isPublishing || this.streams.has(who.id)));
    this.grid.show(on.map((who) => ({
      id: who.id,
      name: who.attributes?.name || who.attributes?.username || who.userId || 'Guest',
      muted: Boolean(who.audioMuted),
      hidden: Boolean(who.videoStopped),
    })));
  }

  // An SDK error, in words. What concerns one participant alone is left to the SDK's own retries.
  fail({ code, category, message }) {
    if (category === 'SUBSCRIBE_ERROR' && ![7, 8].includes(code)) return;
    const words = message === NOT_LOADED ? NOT_LOADED : PROBLEMS[code] ?? PROBLEMS[4];
    if (words) this.grid.say(words);
  }

  end(words) {
    this.leave();
    this.grid.say(words);
  }

  leave() {
    this.turn += 1;
    this.stage?.leave();
    this.stage = null;
    this.people.clear();
    this.streams.clear();
    this.draw();
  }

  destroy() {
    this.leave();
    this.grid.say('');
    this.grid.idle(NOBODY);
  }
}
