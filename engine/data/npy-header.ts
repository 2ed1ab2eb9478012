import { UserError } from '../errors';

/** What the header of an .npy file says. */
export interface NpyHeader {
  /** NumPy's type string, e.g. `<f4`, `|u1`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the data begins. */
  readonly dataOffset: number;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

function damaged(file: string, what: string): UserError {
  return new UserError('npy-damaged', `${file} is not a readable .npy file: ${what}; save it again with numpy.save.`, {
    file,
  });
}

/** Reads the header: NumPy's NEP 1, versions 1.0, 2.0 and 3.0. Throws UserError. */
export function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  if (!magic.every((byte, i) => bytes[i] === byte)) throw damaged(file, 'it does not begin with NumPy’s mark');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version !== 1 && version !== 2 && version !== 3) throw damaged(file, `its version ${version} is not known`);
  const textOffset = version === 1 ? 10 : 12;
  if (bytes.length < textOffset) throw damaged(file, 'its header is cut off');
  const textLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = textOffset + textLength;
  if (bytes.length < dataOffset) throw damaged(file, 'its header is cut off');
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(textOffset, dataOffset));

  if (/'descr'\s*:\s*[[(]/.test(text)) {
    throw new UserError('npy-type', `${file} holds records with named fields; save one plain array for each.`, {
      file,
    });
  }
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  // Python 2 wrote long integers with an L.
  const lengths = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || lengths === undefined) {
    throw damaged(file, 'its header does not name descr, fortran_order and shape');
  }
  const shape = [...lengths.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  return { descr, fortranOrder: order === 'True', shape, dataOffset };
}

/** Version 1.0 where the header fits, else 2.0; data begins at a multiple of 64 bytes, as NumPy asks. */
export function encodeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const prefix = text.length + 1 + 10 + 63 < 65536 ? 10 : 12;
  const total = Math.ceil((prefix + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(total).fill(0x20);
  bytes.set(magic);
  bytes.set([prefix === 10 ? 1 : 2, 0], 6);
  const view = new DataView(bytes.buffer);
  if (prefix === 10) view.setUint16(8, total - prefix, true);
  else view.setUint32(8, total - prefix, true);
  bytes.set(new TextEncoder().encode(text), prefix);
  bytes[total - 1] = 0x0a;
  return bytes;
}
