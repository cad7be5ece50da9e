// Streamlit calls this on each change of data or theme, and the function it returns once, when the place on the page
// is given up. A call that was overtaken has its clean-up run too: only the latest one's counts.

const viewers = new WeakMap();

class Viewer {
  constructor(parent) {
    this.grid = new Grid(parent);
    this.turn = 0;
  }

  update(data, setStateValue) {
    this.setStateValue = setStateValue;
    if (data.source !== this.kind) {
      this.source?.destroy();
      this.kind = data.source;
      this.source = data.source === 'ivs'
        ? new IvsSource(this.grid)
        : new LocalSource(this.grid, (offers) => this.setStateValue('offers', offers));
    }
    this.source.update(data);
  }

  destroy() {
    this.source?.destroy();
    this.grid.destroy();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  if (!data) return undefined;
  let viewer = viewers.get(parentElement);
  if (!viewer) viewers.set(parentElement, (viewer = new Viewer(parentElement)));
  viewer.update(data, setStateValue);
  viewer.turn += 1;
  const turn = viewer.turn;
  return () => {
    if (viewers.get(parentElement) !== viewer || viewer.turn !== turn) return;
    viewers.delete(parentElement);
    viewer.destroy();
  };
}
