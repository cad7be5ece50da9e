// Runs in every frame of the page before anything else. Reads each displayed picture from the very first, at full
// size, and counts what a viewer could have seen of the room.
(() => {
  window.__connections = 0;
  const Original = window.RTCPeerConnection;
  if (Original) {
    window.RTCPeerConnection = class extends Original {
      constructor(...args) { super(...args); window.__connections += 1; }
    };
  }
  window.__frames = [];
  const canvas = document.createElement('canvas');
  const watch = (video) => {
    const read = (now, meta) => {
      const width = video.videoWidth, height = video.videoHeight;
      if (width && height) {
        if (canvas.width !== width) canvas.width = width;
        if (canvas.height !== height) canvas.height = height;
        const context = canvas.getContext('2d', { willReadFrequently: true });
        context.drawImage(video, 0, 0);
        const { data } = context.getImageData(0, 0, width, height);
        let room = 0, skin = 0;
        for (let i = 0; i < data.length; i += 4) {
          const r = data[i], g = data[i + 1], b = data[i + 2];
          if (r > 150 && b > 150 && g < 110) room += 1;
          if (r > 150 && g > 90 && r - g > 25 && r - g < 90 && g - b > 5 && g - b < 70) skin += 1;
        }
        // Mean colours of eight fields along the top eighth, where the person never is.
        const top = [];
        for (let field = 0; field < 8; field += 1) {
          const sum = [0, 0, 0];
          let n = 0;
          for (let y = 0; y < height / 8; y += 4) {
            for (let x = Math.floor(field * width / 8); x < (field + 1) * width / 8; x += 4) {
              const i = 4 * (y * width + x);
              for (let c = 0; c < 3; c += 1) sum[c] += data[i + c];
              n += 1;
            }
          }
          top.push(sum.map((value) => Math.round(value / n)));
        }
        const all = width * height;
        window.__frames.push({ at: Date.now() / 1000, room: room / all, skin: skin / all, top, width, height });
      }
      video.requestVideoFrameCallback(read);
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
