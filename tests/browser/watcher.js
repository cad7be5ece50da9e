// Runs in every frame of the page before anything else. Reads each displayed picture from the very first, at full
// size, and counts what a viewer could have seen of the room. It shares two cores with the app, so it reads the planes
// that the decoder gave, and looks at the colour of a pixel only where the chroma says that it may count.
(() => {
  window.__connections = 0;
  const Original = window.RTCPeerConnection;
  if (Original) {
    window.RTCPeerConnection = class extends Original {
      constructor(...args) { super(...args); window.__connections += 1; }
    };
  }
  // The moment of the last click, in the frames' time.
  addEventListener('click', () => { window.__clicked = Date.now() / 1000; }, true);

  // BT.601, limited range, as WebRTC sends it.
  const rgb = (y, u, v) => {
    const l = 1.164 * (y - 16);
    return [l + 1.596 * (v - 128), l - 0.391 * (u - 128) - 0.813 * (v - 128), l + 2.018 * (u - 128)];
  };
  const count = ({ data, width, height, y, u, v }) => {
    let room = 0, skin = 0;
    for (let row = 0; row < height / 2; row += 1) {
      for (let column = 0; column < width / 2; column += 1) {
        const cb = data[u.offset + row * u.stride + column], cr = data[v.offset + row * v.stride + column];
        // Implied by the conditions below: magenta has at least this much of both, skin of red and not of blue.
        if (cr < 133) continue;
        for (let part = 0; part < 4; part += 1) {
          const [r, g, b] = rgb(data[y.offset + (2 * row + (part >> 1)) * y.stride + 2 * column + (part & 1)], cb, cr);
          if (r > 150 && b > 150 && g < 110) room += 1;
          if (r > 150 && g > 90 && r - g > 25 && r - g < 90 && g - b > 5 && g - b < 70) skin += 1;
        }
      }
    }
    return { room: room / (width * height), skin: skin / (width * height) };
  };
  // Mean colours of eight fields along the top eighth, where the person never is.
  const fields = ({ data, width, height, y, u, v }) => Array.from({ length: 8 }, (_, field) => {
    const sum = [0, 0, 0];
    let n = 0;
    for (let row = 0; row < height / 16; row += 2) {
      for (let column = Math.floor(field * width / 16); column < (field + 1) * width / 16; column += 2) {
        const cb = data[u.offset + row * u.stride + column], cr = data[v.offset + row * v.stride + column];
        const colour = rgb(data[y.offset + 2 * row * y.stride + 2 * column], cb, cr);
        for (let c = 0; c < 3; c += 1) sum[c] += Math.min(255, Math.max(0, colour[c]));
        n += 1;
      }
    }
    return sum.map((value) => Math.round(value / n));
  });

  // The worst pictures so far: at most `MOST_KEPT` of at most `MOST_BYTES` each, from a share of room that is plainly
  // more than the rim of a person has.
  const MOST_KEPT = 4, MOST_BYTES = 3 << 20, SHOWS_ROOM = 0.005;
  window.__evidence = [];
  const keep = ({ data, width, height, y, u, v }, facts) => {
    const kept = window.__evidence;
    // The planes of even size without the decoder's padding.
    const [w, h] = [width & ~1, height & ~1];
    if (facts.room < SHOWS_ROOM || w * h * 1.5 > MOST_BYTES) return;
    if (kept.length === MOST_KEPT && kept[MOST_KEPT - 1].room >= facts.room) return;
    const planes = new Uint8Array(w * h * 1.5);
    let to = 0;
    for (const [plane, across, down] of [[y, w, h], [u, w / 2, h / 2], [v, w / 2, h / 2]]) {
      for (let row = 0; row < down; row += 1, to += across) {
        planes.set(data.subarray(plane.offset + row * plane.stride, plane.offset + row * plane.stride + across), to);
      }
    }
    kept.push({ ...facts, width: w, height: h, planes });
    kept.sort((a, b) => b.room - a.room);
    kept.length = Math.min(kept.length, MOST_KEPT);
  };

  window.__frames = [];
  const free = [];
  const watch = (video) => {
    const read = async () => {
      video.requestVideoFrameCallback(read);
      const at = Date.now() / 1000, frame = new VideoFrame(video);
      if (frame.format !== 'I420') throw new Error(`a picture in ${frame.format}`);
      const { width, height } = frame.visibleRect, size = frame.allocationSize();
      const data = free.find((buffer) => buffer.length === size) ?? new Uint8Array(size);
      if (free.includes(data)) free.splice(free.indexOf(data), 1);
      const [y, u, v] = await frame.copyTo(data);
      frame.close();
      const picture = { data, width, height, y, u, v };
      const facts = { at, ...count(picture), top: fields(picture), width, height };
      window.__frames.push(facts);
      keep(picture, { ...facts, number: window.__frames.length });
      free.push(data);
    };
    video.requestVideoFrameCallback(read);
  };
  const create = Document.prototype.createElement;
  Document.prototype.createElement = function (name, ...rest) {
    const element = create.call(this, name, ...rest);
    if (element instanceof HTMLVideoElement) watch(element);
    return element;
  };
})();
