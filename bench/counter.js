// Notes when each number of counter.py passes: as the camera gives it, and as a picture of it is displayed.
(({ bits, left, top, width, height, contrast }) => {
  window.__captured = [];
  window.__displayed = [];

  const read = async (frame) => {
    const { width: wide, height: tall } = frame.visibleRect;
    const even = (value) => Math.floor(value / 2) * 2;
    const rect = {
      x: even(wide * left), y: even(tall * top), width: even(wide * width), height: even(tall * height),
    };
    const data = new Uint8Array(frame.allocationSize({ rect }));
    const [luma] = await frame.copyTo(data, { rect });
    frame.close();
    const mean = (row, column) => {
      // The middle half of a field.
      const w = rect.width / bits, h = rect.height / 2;
      let sum = 0, n = 0;
      for (let y = Math.ceil((row + 0.25) * h); y < (row + 0.75) * h; y += 1) {
        for (let x = Math.ceil((column + 0.25) * w); x < (column + 0.75) * w; x += 1) {
          sum += data[luma.offset + y * luma.stride + x];
          n += 1;
        }
      }
      return sum / n;
    };
    let number = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      const difference = mean(0, bit) - mean(1, bit);
      if (Math.abs(difference) < contrast) return null;
      if (difference > 0) number += 2 ** bit;
    }
    return number;
  };
  const note = async (list, frame) => {
    const at = Date.now() / 1000, number = await read(frame);
    if (number !== null) list.push([number, at]);
  };

  const devices = navigator.mediaDevices, ask = devices?.getUserMedia;
  if (ask) {
    devices.getUserMedia = async (...args) => {
      const stream = await ask.apply(devices, args);
      const [track] = stream.getVideoTracks();
      const reader = new MediaStreamTrackProcessor({ track: track.clone() }).readable.getReader();
      (async () => {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return;
          await note(window.__captured, value);
        }
      })();
      return stream;
    };
  }
  const create = Document.prototype.createElement;
  Document.prototype.createElement = function (name, ...rest) {
    const element = create.call(this, name, ...rest);
    if (element instanceof HTMLVideoElement) {
      const shown = () => {
        element.requestVideoFrameCallback(shown);
        note(window.__displayed, new VideoFrame(element));
      };
      element.requestVideoFrameCallback(shown);
    }
    return element;
  };
})(GEOMETRY);
