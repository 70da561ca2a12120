// Greyscale PNG of 8 or 16 bits to samples. The browser's own decoder keeps 8 bits of 16.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

/** @returns {Promise<{width: number, height: number, samples: Uint8Array|Uint16Array}>} */
export async function decodePng(buffer) {
  const bytes = new Uint8Array(buffer);
  if (!SIGNATURE.every((value, index) => bytes[index] === value)) throw new Error("not a PNG");
  const { header, data } = readChunks(bytes);
  const { width, height, depth } = header;
  const pixel = depth / 8;
  const stride = width * pixel;
  const rows = await inflate(data, (stride + 1) * height);
  const raw = unfilter(rows, stride, height, pixel);
  return { width, height, samples: depth === 8 ? raw : bigEndian(raw) };
}

function readChunks(bytes) {
  const view = new DataView(bytes.buffer);
  const data = [];
  let header = null;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (kind === "IHDR") header = readHeader(view, at + 8);
    if (kind === "IDAT") data.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  if (!header || !data.length) throw new Error("the PNG is cut off");
  return { header, data };
}

function readHeader(view, at) {
  const depth = view.getUint8(at + 8);
  const [colour, , , interlaced] = [9, 10, 11, 12].map((offset) => view.getUint8(at + offset));
  if (colour !== 0 || interlaced !== 0 || (depth !== 8 && depth !== 16)) throw new Error("not a greyscale film");
  return { width: view.getUint32(at), height: view.getUint32(at + 4), depth };
}

async function inflate(chunks, size) {
  const stream = new Blob(chunks).stream().pipeThrough(new DecompressionStream("deflate"));
  const out = new Uint8Array(size);
  const reader = stream.getReader();
  let filled = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    out.set(part.value, filled);
    filled += part.value.length;
  }
  if (filled !== size) throw new Error("the PNG is cut off");
  return out;
}

// PNG (Third Edition) section 9: each row is predicted from its left neighbour and the row above.
function unfilter(rows, stride, height, pixel) {
  const out = new Uint8Array(stride * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const at = y * (stride + 1);
    const line = rows.subarray(at + 1, at + 1 + stride);
    const target = out.subarray(y * stride, (y + 1) * stride);
    FILTERS[rows[at]](line, target, above, pixel);
    above = target;
  }
  return out;
}

const FILTERS = [
  (line, target) => target.set(line),
  (line, target, above, pixel) => {
    for (let x = 0; x < line.length; x++) target[x] = line[x] + (x < pixel ? 0 : target[x - pixel]);
  },
  (line, target, above) => {
    for (let x = 0; x < line.length; x++) target[x] = line[x] + above[x];
  },
  (line, target, above, pixel) => {
    for (let x = 0; x < line.length; x++) {
      target[x] = line[x] + (((x < pixel ? 0 : target[x - pixel]) + above[x]) >> 1);
    }
  },
  (line, target, above, pixel) => {
    for (let x = 0; x < line.length; x++) {
      const left = x < pixel ? 0 : target[x - pixel];
      target[x] = line[x] + paeth(left, above[x], x < pixel ? 0 : above[x - pixel]);
    }
  },
];

function paeth(left, above, corner) {
  const [byLeft, byAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const byCorner = Math.abs(left + above - 2 * corner);
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
}

function bigEndian(raw) {
  const samples = new Uint16Array(raw.length / 2);
  for (let n = 0; n < samples.length; n++) samples[n] = (raw[2 * n] << 8) | raw[2 * n + 1];
  return samples;
}
