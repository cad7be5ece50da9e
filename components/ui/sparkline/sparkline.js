// A low line of the last minute's values. Streamlit's own, in st.metric, writes two warnings to the console each time.

const WIDTH = 100; // of the drawing; the page stretches it
const HEIGHT = 30;
const SVG = 'http://www.w3.org/2000/svg';

function shape(name, className) {
  const element = document.createElementNS(SVG, name);
  element.setAttribute('class', className);
  return element;
}

function points(values) {
  const lowest = Math.min(...values);
  const span = Math.max(...values) - lowest || 1;
  return values.map((value, index) => {
    const x = (WIDTH * index) / (values.length - 1);
    const y = HEIGHT - 2 - ((HEIGHT - 4) * (value - lowest)) / span;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
}

export default function ({ data, parentElement }) {
  let svg = parentElement.querySelector('svg');
  if (!svg) {
    svg = shape('svg', 'sparkline');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true'); // The number above says it.
    svg.append(shape('polygon', 'area'), shape('polyline', 'line'));
    parentElement.append(svg);
  }
  const line = data.values.length > 1 ? points(data.values) : [];
  svg.querySelector('.line').setAttribute('points', line.join(' '));
  svg.querySelector('.area').setAttribute('points', line.length ? `0,${HEIGHT} ${line.join(' ')} ${WIDTH},${HEIGHT}` : '');
  return undefined;
}
