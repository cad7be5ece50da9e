// The streamer shows whatever goes wrong as "NotAllowedError: Permission denied". This puts a sentence in its place that
// says what to do, before the browser paints: it works while the server is slow, and with the very first click.

const RAW_NAME = /^\w*(Error|Exception)$/;

const sentence = (words, name, message) => {
  if (name === 'NotAllowedError' || name === 'PermissionDeniedError') {
    if (/system/i.test(message)) return words.system;
    return /dismiss/i.test(message) ? words.dismissed : words.blocked;
  }
  if (name === 'NotFoundError' || name === 'DevicesNotFoundError') return words.none;
  if (['NotReadableError', 'TrackStartError', 'AbortError'].includes(name)) return words.used;
  if (name === 'OverconstrainedError' || name === 'ConstraintNotSatisfiedError') return words.unsuitable;
  if (name === 'SecurityError') return words.forbidden;
  if (/mediaDevices is undefined|getUserMedia is not implemented/.test(message)) return words.insecure;
  if (name === 'ReferenceError' && /RTC/.test(message)) return words.no_webrtc;
  return words.other;
};

// What the browser says only when asked: which of the two is missing, or blocked.
const precise = async (win, words, name, first) => {
  const { mediaDevices, permissions } = win.navigator;
  if (first === words.none) {
    const kinds = (await mediaDevices.enumerateDevices()).map(({ kind }) => kind);
    if (!kinds.includes('videoinput')) return words.no_camera;
    return kinds.includes('audioinput') ? first : words.no_microphone;
  }
  if (first === words.blocked) {
    const [camera, microphone] = await Promise.all(
      ['camera', 'microphone'].map(async (kind) => (await permissions.query({ name: kind })).state),
    );
    return microphone === 'denied' && camera === 'granted' ? words.microphone_blocked : first;
  }
  return first;
};

const textNodes = (element) => {
  const walker = element.ownerDocument.createTreeWalker(element, 4); // NodeFilter.SHOW_TEXT
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
};

class Translator {
  constructor(win, words) {
    this.win = win;
    this.words = words;
    this.seen = new WeakMap();
    this.observer = new win.MutationObserver(() => this.translate());
    this.observer.observe(win.document, { subtree: true, childList: true, characterData: true });
    this.translate();
  }

  // The form that chooses a camera adds the browser's own words in brackets to a sentence of ours.
  translate() {
    const { document } = this.win;
    for (const alert of document.querySelectorAll('[role=alert]')) {
      this.replace(alert, textNodes(alert));
    }
    for (const node of textNodes(document.body ?? document)) {
      if (/^ \($/.test(node.nodeValue)) {
        for (const each of textNodes(node.parentNode).slice(1)) each.nodeValue = '';
      }
    }
  }

  // Of the next error in the same place React writes only what is another: the name, or the message.
  replace(alert, nodes) {
    const before = this.seen.get(alert) ?? {};
    const isRaw = nodes.length > 0 && RAW_NAME.test(nodes[0].nodeValue);
    const name = isRaw ? nodes[0].nodeValue : before.name;
    const written = nodes.slice(1).map((node) => node.nodeValue).join('').replace(/^: /, '');
    if (!name || (!isRaw && !written)) return;
    const message = written || before.message || '';
    this.seen.set(alert, { name, message });
    const first = sentence(this.words, name, message);
    const say = (words) => {
      nodes[0].nodeValue = words;
      for (const node of nodes.slice(1)) node.nodeValue = '';
      this.fit();
    };
    say(first);
    precise(this.win, this.words, name, first).then((words) => {
      if (alert.isConnected && nodes[0].nodeValue === first && words !== first) say(words);
    }).catch(() => {}); // What cannot be asked is not said.
  }

  // The frame is as high as the shorter text was.
  fit() {
    this.win.setTimeout(() => {
      const frame = this.win.frameElement;
      const wanted = this.win.document.documentElement?.scrollHeight ?? 0;
      if (frame && wanted > frame.clientHeight) frame.height = String(wanted);
    }, 100);
  }

  get says() {
    return Boolean(this.win.document.querySelector('[role=alert]'));
  }
}
