// Reads and writes the sections of a WASM.

// A number as WASM writes it (LEB128), and where it ends.
export function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value >>> 0, at];
  }
}

export function written(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

export function text(bytes, at) {
  const [length, start] = number(bytes, at);
  return [bytes.toString('utf8', start, start + length), start + length];
}

export const sized = (content) => Buffer.concat([written(content.length), content]);

// The same WASM, with each section of that id as `change` makes it.
export function changed(wasm, id, change) {
  const sections = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const [size, start] = number(wasm, at + 1);
    const content = wasm.subarray(start, start + size);
    sections.push(wasm.subarray(at, at + 1), sized(wasm[at] === id ? change(content) : content));
    at = start + size;
  }
  return Buffer.concat(sections);
}
