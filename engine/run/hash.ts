import { createHash } from 'node:crypto';

export type KnownJson = Pick<WeakMap<object, string>, 'get'>;

/**
 * JSON with object keys in code-unit order and no white space, so that equal values give equal text
 * (RFC 8785 without its number rules beyond what JSON.stringify already does). Undefined members are
 * left out as JSON does. Throws on what JSON would change silently: NaN, infinities, bigints, functions.
 * @param known the canonical JSON of objects within the value, for those that stand in many values
 */
export function canonicalJson(value: unknown, known?: KnownJson): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON`);
    return JSON.stringify(value);
  }
  const text = known && typeof value === 'object' ? known.get(value) : undefined;
  if (text !== undefined) return text;
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item === undefined ? null : item, known)).join(',')}]`;
  }
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`An instance of ${value.constructor.name} has no canonical JSON`);
    }
    const holder = value as Record<string, unknown>;
    let members = '';
    // By code units, which is how sort compares strings.
    for (const key of Object.keys(holder).sort()) {
      const member = holder[key];
      if (member === undefined) continue;
      members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member, known)}`;
    }
    return `{${members}}`;
  }
  throw new TypeError(`A ${typeof value} has no canonical JSON`);
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-256 of the canonical JSON: the identity of studies and stages. */
export function hashJson(value: unknown, known?: KnownJson): string {
  return sha256(canonicalJson(value, known));
}
