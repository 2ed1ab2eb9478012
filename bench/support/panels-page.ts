import { scatterPanel, type ScatterContent } from '../../webview/charts/scatter';
import '../../webview/shell/panel.css';

/** What one page measured. */
export interface PanelTimes {
  firstMs: number;
  panFps: number;
  zoomFps: number;
  /** The longest of many. */
  pickMs: number;
}

const frames = 40;

/** Twelve clouds of normal numbers, one a colour, sorted by it as files are. */
function clouds(count: number): ScatterContent {
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  const [x, y, colour] = [new Float32Array(count), new Float32Array(count), new Uint16Array(count)];
  for (let i = 0; i < count; i++) {
    const kind = Math.floor((i * 12) / count);
    const radius = Math.sqrt(-2 * Math.log(next()));
    const angle = 2 * Math.PI * next();
    x[i] = Math.cos(kind) * (1 + (kind % 3)) + 0.3 * radius * Math.cos(angle);
    y[i] = Math.sin(kind) * (1 + (kind % 3)) + 0.3 * radius * Math.sin(angle);
    colour[i] = kind;
  }
  const palette = [
    0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0xb8a900, 0x5b2a86, 0x7a4a2b, 0x888888, 0x204060,
    0x904020,
  ];
  return {
    points: { x, y, colour },
    palette,
    axes: { x: 'x', y: 'y' },
    legend: palette.map((rgb, i) => ({
      text: `class ${i}`,
      colour: `#${rgb.toString(16).padStart(6, '0')}`,
      sets: [i],
    })),
  };
}

const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

/** Turns the panel into a page and does with it what a reader does. */
async function measurePanel(count: number): Promise<PanelTimes> {
  const root = document.getElementById('panel')!;
  const content = clouds(count);
  await nextFrame();
  const started = performance.now();
  const panel = scatterPanel({
    ...{
      title: 'Points',
      description: () => 'Points',
      height: 600,
      content: () => content,
      describe: (i) => [`point ${i}`],
    },
    ...{ onSelect: () => undefined, table: () => ({ caption: 'Points', columns: [], rows: [] }) },
  });
  root.replaceChildren(panel.element);
  // The picture is there once the frame after it has begun.
  await nextFrame();
  await nextFrame();
  const firstMs = performance.now() - started;
  const canvas = panel.element.querySelector('canvas')!;
  canvas.focus();
  const box = canvas.getBoundingClientRect();
  const at = (x: number, y: number): object => ({
    clientX: box.left + x,
    clientY: box.top + y,
    bubbles: true,
    pointerId: 1,
    button: 0,
  });
  canvas.setPointerCapture = () => undefined;
  const rate = async (act: (frame: number) => void): Promise<number> => {
    const begun = await nextFrame();
    let now = begun;
    for (let i = 0; i < frames; i++) {
      act(i);
      now = await nextFrame();
    }
    return (1000 * frames) / (now - begun);
  };
  // The pointer has been over the plot: what it finds points with is there.
  canvas.dispatchEvent(new PointerEvent('pointermove', at(300, 300)));
  canvas.dispatchEvent(new PointerEvent('pointerdown', at(600, 300)));
  const panFps = await rate((i) => canvas.dispatchEvent(new PointerEvent('pointermove', at(600 + 3 * i, 300 + 2 * i))));
  canvas.dispatchEvent(new PointerEvent('pointerup', at(720, 380)));
  const zoomFps = await rate((i) =>
    canvas.dispatchEvent(
      new WheelEvent('wheel', { ...at(600, 300), deltaY: i % 20 < 10 ? -20 : 20, cancelable: true }),
    ),
  );
  await nextFrame();
  let pickMs = 0;
  for (let i = 0; i < 60; i++) {
    const event = new PointerEvent('pointermove', at(120 + 17 * i, 60 + ((i * 53) % 480)));
    const before = performance.now();
    canvas.dispatchEvent(event);
    pickMs = Math.max(pickMs, performance.now() - before);
    if (i % 10 === 0) await nextFrame();
  }
  return { firstMs, panFps, zoomFps, pickMs };
}

Object.assign(globalThis, { measurePanel });
