// The grid: tiles, names, marks, sound, full screen, words. It knows nothing of where the streams come from.
// Names come from outside: they only ever become text, never markup.

const GAP = 8; // px, as in viewer.css
const LEAVING_MS = 400; // a little over the animation in viewer.css
const NOBODY = 'Waiting for somebody to come on…';

const ICONS = {
  soundOn: 'M3 9v6h4l5 5V4L7 9H3zm13.5 3a4.5 4.5 0 0 0-2.5-4v8a4.5 4.5 0 0 0 2.5-4z',
  soundOff: 'M3 9v6h4l5 5V4L7 9H3zm12.2.4L17.8 12l-2.6 2.6 1.2 1.2 2.6-2.6 2.6 2.6 1.2-1.2L20.2 12l2.6-2.6-1.2-1.2L19 10.8l-2.6-2.6z',
  full: 'M5 5h6v2H7v4H5V5zm8 0h6v6h-2V7h-4V5zM5 13h2v4h4v2H5v-6zm12 0h2v6h-6v-2h4v-4z',
  muted: 'M12 14a3 3 0 0 0 3-3V5a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zm5-3a5 5 0 0 1-10 0H5a7 7 0 0 0 6 6.9V21h2v-3.1A7 7 0 0 0 19 11h-2zM4.3 2.9 2.9 4.3l16.8 16.8 1.4-1.4z',
  hidden: 'M17 10.5V7a1 1 0 0 0-1-1H4a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-3.5l4 4v-11l-4 4zM3.3 1.9 1.9 3.3l18.8 18.8 1.4-1.4z',
};

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

function button(className, onClick) {
  const element = make('button', className);
  element.type = 'button';
  element.addEventListener('click', onClick);
  return element;
}

function dress(element, iconName, label, text) {
  element.replaceChildren(icon(iconName), ...(text ? [make('span', '', text)] : []));
  element.setAttribute('aria-label', label);
  element.title = label;
}

// The widest 16:9 tile with which so many fit into width x height.
function tileWidth(count, width, height) {
  let best = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const across = (width - GAP * (columns - 1)) / columns;
    const down = ((height - GAP * (rows - 1)) / rows) * (16 / 9);
    best = Math.max(best, Math.min(across, down));
  }
  return Math.floor(best);
}

function toggleFullScreen(element) {
  if (element.getRootNode().fullscreenElement === element) document.exitFullscreen();
  else if (element.requestFullscreen) element.requestFullscreen().catch(() => {});
  else element.querySelector('video')?.webkitEnterFullscreen?.(); // iPhone: only a video can.
}

class Tile {
  constructor(person) {
    this.element = make('figure', 'tile entering');
    this.element.setAttribute('role', 'group');
    this.video = document.createElement('video');
    Object.assign(this.video, { autoplay: true, playsInline: true, muted: true, disablePictureInPicture: true });
    this.veil = make('div', 'veil', 'Connecting…');
    this.name = make('span', 'name');
    this.marks = make('span', 'marks');
    const caption = make('figcaption');
    caption.append(this.name, this.marks);
    this.full = button('full', () => toggleFullScreen(this.element));
    this.element.append(this.video, this.veil, caption, this.full);
    this.element.addEventListener('animationend', () => this.element.classList.remove('entering'));
    // A new picture is shown: whatever was said about waiting is over.
    this.video.addEventListener('playing', () => this.wait(''));
    this.describe(person);
  }

  describe({ name, muted, hidden }) {
    const facts = [muted && 'microphone off', hidden && 'camera hidden'].filter(Boolean);
    const label = [name, ...facts].join(', ');
    if (this.label === label) return;
    this.label = label;
    this.name.textContent = name;
    this.marks.hidden = !facts.length;
    this.marks.replaceChildren(...(muted ? [icon('muted')] : []), ...(hidden ? [icon('hidden')] : []));
    this.element.setAttribute('aria-label', label);
    this.video.setAttribute('aria-label', `${name}, live`);
    dress(this.full, 'full', `Full screen: ${name}`);
  }

  play(stream, muted) {
    if (this.video.srcObject !== stream) this.video.srcObject = stream;
    this.video.muted = muted;
    // It also rejects when another play() takes over, or when the tab is in the background.
    return this.video.play().catch(({ name }) => name !== 'NotAllowedError');
  }

  wait(text) {
    const words = text || this.reason || '';
    this.veil.textContent = words;
    this.veil.hidden = !words;
  }

  // Why there is no picture, for as long as there is none: the sound alone may play.
  explain(reason) {
    this.reason = reason;
    if (reason) this.wait('');
  }

  end() {
    this.video.srcObject = null;
    this.element.remove();
  }
}

class Grid {
  constructor(parent) {
    this.tiles = new Map();
    this.muted = true; // Browsers let nothing with sound start by itself.
    this.root = make('section', 'viewer');
    this.root.setAttribute('aria-label', 'On the stage');
    this.tileBox = make('div', 'tiles');
    this.empty = make('p', 'empty', NOBODY);
    this.problem = make('p', 'problem');
    this.problem.setAttribute('role', 'alert');
    this.news = make('p', 'news');
    this.news.setAttribute('role', 'status');
    this.bar = make('div', 'bar');
    this.sound = button('sound', () => this.setMuted(!this.muted));
    this.whole = button('whole', () => toggleFullScreen(this.root));
    this.root.addEventListener('fullscreenchange', () => this.fit());
    this.whole.hidden = !document.fullscreenEnabled;
    this.bar.append(this.sound, this.whole);
    this.root.append(this.empty, this.tileBox, this.problem, this.bar, this.news);
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.root);
    this.setMuted(true);
    this.say('');
    this.fit();
  }

  // Everybody who is on: [{id, name, muted, hidden}], in the order of coming.
  show(people) {
    const here = new Set(people.map((person) => person.id));
    for (const [id, tile] of this.tiles) if (!here.has(id)) this.remove(id, tile);
    for (const person of people) {
      const known = this.tiles.get(person.id);
      if (known) known.describe(person);
      else this.add(person);
    }
    this.fit();
  }

  add(person) {
    const tile = new Tile(person);
    this.tiles.set(person.id, tile);
    this.tileBox.append(tile.element);
    this.news.textContent = `${person.name} came on`;
  }

  remove(id, tile) {
    this.tiles.delete(id);
    this.news.textContent = `${tile.name.textContent} left`;
    tile.element.classList.add('leaving');
    setTimeout(() => { tile.end(); this.fit(); }, LEAVING_MS);
  }

  async play(id, stream) {
    const allowed = await this.tiles.get(id)?.play(stream, this.muted);
    if (allowed === false && !this.muted) this.setMuted(true); // Rather without sound than not at all.
  }

  // What a tile says over its picture; '' when the picture is there.
  wait(id, text) {
    this.tiles.get(id)?.wait(text);
  }

  explain(id, reason) {
    this.tiles.get(id)?.explain(reason);
  }

  // What stands there while nobody is on.
  idle(text) {
    this.empty.textContent = text;
  }

  // What is wrong with the whole, in words; '' when nothing is.
  say(problem) {
    if (this.problem.textContent !== problem) this.problem.textContent = problem;
    this.problem.hidden = !problem;
    this.fit();
  }

  setMuted(muted) {
    this.muted = muted;
    for (const { video } of this.tiles.values()) {
      video.muted = muted;
      video.play().catch(() => {});
    }
    const label = muted ? 'Unmute' : 'Mute';
    dress(this.sound, muted ? 'soundOff' : 'soundOn', label, label);
    this.sound.classList.toggle('wanted', muted);
  }

  fit() {
    const count = this.tileBox.childElementCount;
    this.bar.hidden = count === 0;
    this.empty.hidden = count > 0 || !this.problem.hidden;
    const full = this.root.getRootNode().fullscreenElement === this.root;
    const label = full ? 'Leave full screen' : 'Full screen';
    if (this.whole.title !== label) dress(this.whole, 'full', label, label);
    const width = this.root.clientWidth - (full ? 32 : 0);
    // On a page, a narrow place may be tall: there one scrolls anyway.
    const height = full ? window.innerHeight - 72 : Math.max(0.6 * window.innerHeight, 2 * Math.min(width, 500));
    if (count && width > 0) this.tileBox.style.setProperty('--tile', `${tileWidth(count, width, height)}px`);
  }

  destroy() {
    this.observer.disconnect();
    for (const tile of this.tiles.values()) tile.end();
    this.root.remove();
  }
}
