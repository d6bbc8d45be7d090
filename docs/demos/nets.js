"use strict";
// The nets of the demonstrations, step by step, in plain JavaScript. Weights are Float64Arrays that were rounded to 16 bits.
const rnnkit = { weights: {}, nets: {}, demos: {} };

// All tensors of a net in one compressed piece: first the high bytes of all 16-bit numbers, then the low ones.
rnnkit.unpack = async function ({ shapes, planes }) {
  const packed = new Blob([Uint8Array.from(atob(planes), (c) => c.charCodeAt(0))]);
  const stream = packed.stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer()), count = bytes.length / 2;
  const all = new Float64Array(count), found = {};
  for (let i = 0; i < count; i++) {
    const bits = (bytes[i] << 8) | bytes[count + i];
    const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    all[i] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
  }
  let at = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const size = shape.reduce((a, b) => a * b, 1);
    found[name] = { shape, data: all.slice(at, at + size) };
    at += size;
  }
  return found;
};

// Vectors are arrays; a matrix has one row for each input, as Keras's kernels do.
rnnkit.affine = function (parts, kernel, bias) {
  const [, columns] = kernel.shape, sum = Float64Array.from(bias ? bias.data : new Float64Array(columns));
  let row = 0;
  for (const part of parts)
    for (const value of part) {
      if (value !== 0) for (let j = 0, at = row * columns; j < columns; j++, at++) sum[j] += value * kernel.data[at];
      row++;
    }
  if (row !== kernel.shape[0]) throw new Error(`expected ${kernel.shape[0]} inputs, received ${row}`);
  return sum;
};
rnnkit.sigmoid = (x) => 1 / (1 + Math.exp(-x));
rnnkit.softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
rnnkit.softmax = function (x) {
  const most = x.reduce((a, b) => Math.max(a, b), -Infinity), shares = x.map((value) => Math.exp(value - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
};
rnnkit.draw = function (shares, random) {
  let left = random();
  for (let i = 0; i < shares.length; i++) if ((left -= shares[i]) < 0) return i;
  return shares.length - 1;
};
rnnkit.lstm = function (parts, [h, c], weights, name) {
  const n = h.length, a = rnnkit.affine(parts, weights[name + ".kernel"], weights[name + ".bias"]);
  const b = rnnkit.affine([h], weights[name + ".recurrent"]);
  const cell = new Float64Array(n), output = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const [i, f, z, o] = [0, 1, 2, 3].map((gate) => a[gate * n + j] + b[gate * n + j]);
    cell[j] = rnnkit.sigmoid(f) * c[j] + rnnkit.sigmoid(i) * Math.tanh(z);
    output[j] = rnnkit.sigmoid(o) * Math.tanh(cell[j]);
  }
  return [output, cell];
};

// Two LSTMs with skips, a window over the text, a mixture of normals: rnnkit.applications.Handwriting.
rnnkit.nets.handwriting = function ({ alphabet, bumps, tensors }) {
  const w = tensors, sizes = [0, 1].map((i) => w[`lstm${i}.recurrent`].shape[0]);
  return {
    weights: w,
    start(text) {
      const codes = [...text].map((c) => alphabet.indexOf(c));
      if (!codes.length || codes.includes(-1)) throw new Error(`expected characters of ${alphabet}`);
      const zeros = (n) => new Float64Array(n);
      return { codes, cells: sizes.map((n) => [zeros(n), zeros(n)]), kappa: zeros(bumps), window: zeros(alphabet.length) };
    },
    step(point, state) {
      const first = rnnkit.lstm([point, state.window], state.cells[0], w, "lstm0");
      const hats = rnnkit.affine([first[0]], w["window.kernel"], w["window.bias"]), k = bumps;
      const kappa = state.kappa.map((place, i) => place + Math.exp(hats[2 * k + i]));
      const phi = Array.from({ length: state.codes.length + 1 }, (_, u) =>
        kappa.reduce((sum, place, i) => sum + Math.exp(hats[i]) * Math.exp(-Math.exp(hats[k + i]) * (place - u - 1) ** 2), 0));
      const window = new Float64Array(alphabet.length);
      state.codes.forEach((code, u) => (window[code] += phi[u]));
      const second = rnnkit.lstm([point, first[0], window], state.cells[1], w, "lstm1");
      const yHat = rnnkit.affine([first[0], second[0]], w["density.kernel"], w["density.bias"]);
      return { yHat, phi, state: { ...state, cells: [first, second], kappa, window } };
    },
    sample(yHat, bias, random) {
      const m = (yHat.length - 1) / 6, part = (i) => yHat.slice(1 + i * m, 1 + (i + 1) * m);
      const j = rnnkit.draw(rnnkit.softmax(part(0).map((x) => (1 + bias) * x)), random);
      const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const rho = Math.tanh(part(5)[j]), [a, b] = [normal(), normal()];
      return [
        part(1)[j] + Math.exp(part(3)[j] - bias) * a,
        part(2)[j] + Math.exp(part(4)[j] - bias) * (rho * a + Math.sqrt(1 - rho * rho) * b),
        random() < rnnkit.sigmoid(yHat[0]) ? 1 : 0,
      ];
    },
  };
};

// An embedding, an LSTM, a dense layer of logits: what unit 4 trains.
rnnkit.nets.recipes = function ({ words, tensors }) {
  const w = tensors, n = w["lstm.recurrent"].shape[0], m = w.embedding.shape[1];
  return {
    weights: w,
    words,
    start: () => [new Float64Array(n), new Float64Array(n)],
    step(word, state) {
      const next = rnnkit.lstm([w.embedding.data.subarray(word * m, (word + 1) * m)], state, w, "lstm");
      return { logits: rnnkit.affine([next[0]], w["dense.kernel"], w["dense.bias"]), state: next };
    },
  };
};

// rnnkit.energy.Hopfield: one unit at a time.
rnnkit.nets.hopfield = function ({ tensors }) {
  const w = tensors, n = w.couplings.shape[0];
  const field = (x, i) => x.reduce((sum, value, k) => sum + w.couplings.data[i * n + k] * value, 0);
  return {
    weights: w,
    field,
    energy: (x) => -0.5 * x.reduce((sum, value, i) => sum + value * field(x, i), 0),
    update(x, i) {
      const f = field(x, i), next = [...x];
      if (f !== 0) next[i] = Math.sign(f);
      return next;
    },
  };
};

// x <- tanh(W x + b), two units.
rnnkit.nets.attractor = function ({ W, b }) {
  return { W, b, step: (x) => W.map((row, i) => Math.tanh(row.reduce((sum, weight, k) => sum + weight * x[k], b[i]))) };
};

// rnnkit.applications.NTM with one head that reads and one that writes, a simple controller.
rnnkit.nets.machine = function ({ rowSize, parts, tensors }) {
  const w = tensors, epsilon = 1e-7;
  const addressed = function (memory, before, told) {
    const size = (row) => row.reduce((sum, value) => sum + value * value, 0) + epsilon, key = size(told.key);
    const match = memory.map((row) =>
      told.strength[0] * row.reduce((sum, value, i) => sum + value * told.key[i], 0) / Math.sqrt(key * size(row)));
    const content = rnnkit.softmax(match), g = told.gate[0], n = memory.length;
    const mixed = content.map((share, i) => g * share + (1 - g) * before[i]), reach = (told.shift.length - 1) / 2;
    const moved = mixed.map((_, i) =>
      told.shift.reduce((sum, share, s) => sum + share * mixed[(((i - s + reach) % n) + n) % n], 0));
    const most = Math.max(...moved), sharp = moved.map((share) => (share / most) ** told.sharpness[0]);
    const sum = sharp.reduce((a, b) => a + b, 0);
    return sharp.map((share) => share / sum);
  };
  const squashed = {
    strength: (x) => x.map(rnnkit.softplus), gate: (x) => x.map(rnnkit.sigmoid), shift: rnnkit.softmax,
    sharpness: (x) => x.map((value) => 1 + rnnkit.softplus(value)), erase: (x) => x.map(rnnkit.sigmoid),
  };
  return {
    weights: w,
    start(rows) {
      const row = Array.from(w.initial_row.data), at0 = Array.from({ length: rows }, (_, i) => (i ? 0 : 1));
      const memory = Array.from({ length: rows }, () => [...row]);
      return { memory, write: at0, read: at0, seen: row, c: new Float64Array(w["controller.recurrent"].shape[0]) };
    },
    step(input, state) {
      const driven = rnnkit.affine([input, state.seen], w["controller.kernel"], w["controller.bias"]);
      const recurrent = rnnkit.affine([state.c], w["controller.recurrent"]);
      const h = driven.map((value, i) => Math.tanh(value + recurrent[i]));
      const raw = Array.from(rnnkit.affine([h], w.head_kernel, w.head_bias)), heads = [{}, {}];
      let at = 0, head = 0;
      for (const [name, size] of parts) {
        if (name in heads[head]) head++;
        heads[head][name] = (squashed[name] || ((x) => x))(raw.slice(at, at + size));
        at += size;
      }
      const [reads, writes] = heads, write = addressed(state.memory, state.write, writes);
      const memory = state.memory.map((row, n) =>
        row.map((value, i) => value - write[n] * writes.erase[i] * value + write[n] * writes.add[i]));
      const read = addressed(memory, state.read, reads);
      const seen = Array.from({ length: rowSize }, (_, i) => memory.reduce((sum, row, n) => sum + read[n] * row[i], 0));
      const y = Array.from(rnnkit.affine([h, seen], w.output_kernel, w.output_bias)).map(rnnkit.sigmoid);
      return { y, state: { memory, write, read, seen, c: h } };
    },
  };
};
