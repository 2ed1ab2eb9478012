/** What the view shows for a figure's unit. */
export type Unit = 'fraction' | 'distance' | 'eigenvalue' | 'count' | 'score' | 'value';

/** A figure as text: fractions as percent, counts with separators, others to four significant digits. */
export function formatValue(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–';
  if (unit === 'fraction') return `${(100 * value).toFixed(1)} %`;
  if (unit === 'count') return formatCount(value);
  return formatNumber(value);
}

/** Whole numbers with a thin space between thousands. */
export function formatCount(value: number): string {
  const [whole = '', rest] = String(value).split('.');
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u202f') : whole;
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

/** Four significant digits; powers of ten only where plain digits would hide the number. */
export function formatNumber(value: number, digits = 4): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    const [mantissa = '', exponent = ''] = value.toExponential(2).split('e');
    const power = exponent.replace('+', '').replace(/./g, (character) => superscripts[character] ?? character);
    return `${minus(mantissa)} · 10${power}`;
  }
  return minus(String(Number(value.toPrecision(digits))));
}

const superscripts: Record<string, string> = Object.fromEntries(
  [...'-0123456789'].map((character, i) => [character, [...'⁻⁰¹²³⁴⁵⁶⁷⁸⁹'][i]!]),
);

function minus(text: string): string {
  return text.replace('-', '−');
}

/** `3 h 04 min`, `2 min 07 s`, `8.3 s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min ${two(rest)} s`;
}

/** Exponential moving average with bias correction; `weight` is that of the past. */
export function smooth(values: readonly number[], weight: number): number[] {
  let average = 0;
  let mass = 0;
  return values.map((value) => {
    average = weight * average + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return average / mass;
  });
}
