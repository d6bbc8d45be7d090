"use strict";
// What the visitor sees: each demonstration fills its place in the page, and computes nothing that is not in nets.js.
{
  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim() || "#555";
  const ink = () => colour("--color-foreground-primary"), faint = () => colour("--color-foreground-border");
  const BLUE = "#2b8cc4", ORANGE = "#d55e00"; // to be seen on white and on black
  const random = (seed) => () => {
    // mulberry32, so that a seed draws the same again
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const add = function (place, tag, settings = {}) {
    const element = Object.assign(document.createElement(tag), settings);
    place.append(element);
    return element;
  };
  const labelled = function (place, text, settings) {
    const label = add(place, "label", { textContent: text + " " });
    return add(label, "input", settings);
  };
  const canvas = function (place, width, height, says) {
    const element = add(place, "canvas", { width: 2 * width, height: 2 * height });
    element.style.aspectRatio = `${width} / ${height}`;
    element.style.maxWidth = `${width}px`;
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", says);
    const pen = element.getContext("2d");
    pen.scale(2, 2);
    return [pen, element];
  };
  const at = function (event, element, width, height) {
    const box = element.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  };

  rnnkit.demos.handwriting = function (place, weights) {
    const net = rnnkit.nets.handwriting(weights), [W, H] = [640, 190], [sx, sy] = weights.scale;
    const bar = add(place, "p"), text = labelled(bar, "Digits", { value: "2718", size: 8, maxLength: 8 });
    const bias = labelled(bar, "bias", { type: "range", min: 0, max: 3, step: 0.25, value: 1 });
    const go = add(bar, "button", { textContent: "Write" }), said = add(place, "p", { className: "demo-said" });
    said.setAttribute("aria-live", "polite");
    const [pen] = canvas(place, W, H, "A pen writes the digits, stroke by stroke; bars below show where in the text its window is.");
    let running = 0, seed = 0;
    const frame = function (points, phi, mean, letters) {
      pen.clearRect(0, 0, W, H);
      const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
      const left = Math.min(...xs, 0), wide = Math.max(Math.max(...xs) - left, 90 * letters.length);
      const low = Math.min(...ys, -20), high = Math.max(...ys, 120), scale = Math.min((W - 40) / wide, 130 / (high - low));
      const to = ([x, y]) => [20 + (x - left) * scale, 140 - (y - low) * scale];
      pen.strokeStyle = BLUE;
      pen.lineWidth = 2.5;
      pen.lineCap = pen.lineJoin = "round";
      pen.beginPath();
      points.forEach((p, i) => pen[i && !points[i - 1][2] ? "lineTo" : "moveTo"](...to(p)));
      pen.stroke();
      if (mean) {
        pen.fillStyle = ORANGE;
        pen.beginPath();
        pen.arc(...to(mean), 4, 0, 7);
        pen.fill();
      }
      pen.font = "16px sans-serif";
      pen.textAlign = "center";
      [...letters].forEach((letter, u) => {
        const x = 40 + 40 * u, height = 22 * Math.min(1, phi ? phi[u] : 0);
        pen.fillStyle = ORANGE;
        pen.fillRect(x - 12, 168 - height, 24, height);
        pen.fillStyle = ink();
        pen.fillText(letter, x, 185);
      });
    };
    go.onclick = function () {
      const letters = text.value, mine = ++running, draw = random(++seed);
      let state, point = [0, 0, 0], where = [0, 0], phi = null;
      try {
        state = net.start(letters);
      } catch (error) {
        said.textContent = `Only digits, one to eight: ${error.message}.`;
        return;
      }
      said.textContent = "";
      const points = [[0, 0, 0]];
      const step = function () {
        if (mine !== running) return;
        const lifted = point[2] > 0.5, next = net.step(point, state);
        [state, phi] = [next.state, next.phi];
        const behind = phi.indexOf(Math.max(...phi)) >= letters.length;
        point = net.sample(next.yHat, Number(bias.value), draw);
        where = [where[0] + point[0] * sx, where[1] + point[1] * sy];
        points.push([...where, point[2]]);
        if ((behind && lifted) || points.length > 30 * letters.length) {
          points.pop();
          frame(points, null, null, letters);
          said.textContent = `${points.length} points.`;
          place.dataset.points = JSON.stringify(points);
        } else {
          frame(points, phi, where, letters);
          requestAnimationFrame(step);
        }
      };
      step();
    };
    go.click();
    return net;
  };

  rnnkit.demos.recipes = function (place, weights) {
    const net = rnnkit.nets.recipes(weights), numbers = new Map(net.words.map((word, i) => [word, i]));
    const bar = add(place, "p"), text = labelled(bar, "Begin with", { value: "chocolate", size: 18 });
    const heat = labelled(bar, "temperature", { type: "range", min: 0.2, max: 1.5, step: 0.1, value: 0.7 });
    const go = add(bar, "button", { textContent: "Begin" }), more = add(bar, "button", { textContent: "Next word" });
    const many = add(bar, "button", { textContent: "30 words" }), draw = random(1);
    const [pen] = canvas(place, 640, 170, "Bars: the ten words that the net expects next.");
    const page = add(place, "pre", { className: "demo-text" });
    page.setAttribute("aria-live", "polite");
    let state, logits;
    const read = (number) => ({ logits, state } = net.step(number, state));
    const shares = () => rnnkit.softmax(Array.from(logits, (z) => z / Number(heat.value)));
    const show = function () {
      const found = shares(), best = [...found.keys()].sort((a, b) => found[b] - found[a]).slice(0, 10);
      pen.clearRect(0, 0, 640, 170);
      pen.font = "13px sans-serif";
      best.forEach((number, i) => {
        pen.fillStyle = BLUE;
        pen.fillRect(130, 4 + 16.5 * i, 440 * found[number], 13);
        pen.fillStyle = ink();
        pen.textAlign = "right";
        pen.fillText(net.words[number].replace("\n", "new line"), 124, 15 + 16.5 * i);
        pen.textAlign = "left";
        pen.fillText(`${(100 * found[number]).toFixed(1)} %`, 136 + 440 * found[number], 15 + 16.5 * i);
      });
    };
    const write = function () {
      const found = shares();
      found[weights.unknown] = 0;
      const sum = found.reduce((a, b) => a + b, 0), number = rnnkit.draw(found.map((share) => share / sum), draw);
      if (number === weights.end) {
        page.textContent += "\n(end of the recipe)\n";
        return;
      }
      const word = net.words[number];
      page.textContent += /^[\n,.;:)!?]/.test(word) || page.textContent.endsWith("\n") ? word : " " + word;
      read(number);
    };
    heat.oninput = show;
    go.onclick = function () {
      const words = text.value.toLowerCase().match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu) || [], unknown = words.find((word) => !numbers.has(word));
      page.textContent = unknown ? `“${unknown}” is none of the ${net.words.length} words that the net knows.` : words.join(" ");
      if (unknown) return;
      state = net.start();
      [weights.end, ...words.map((word) => numbers.get(word))].forEach(read);
      show();
    };
    more.onclick = () => (write(), show());
    many.onclick = function () {
      let left = 30;
      const next = () => (write(), show(), --left > 0 && setTimeout(next, 30));
      next();
    };
    go.click();
    return net;
  };

  rnnkit.demos.hopfield = function (place, weights) {
    const net = rnnkit.nets.hopfield(weights), n = 8, size = 24;
    let state = [...weights.patterns[3]], timer = 0;
    const bar = add(place, "p");
    weights.patterns.forEach((pattern, digit) => {
      const button = add(bar, "button", { textContent: digit, title: `begin with the stored ${digit}` });
      button.onclick = () => (stop(), (state = [...pattern]), show());
    });
    const noise = add(bar, "button", { textContent: "Flip 12 at random" }), go = add(bar, "button", { textContent: "Recall" });
    const [pen, board] = canvas(place, 420, n * size, "A picture of 8 by 8 pixels to scribble on, and the energy over the updates.");
    const said = add(place, "p", { className: "demo-said" });
    board.tabIndex = 0;
    let energies = [];
    const stop = () => (clearInterval(timer), (energies = []));
    const show = function () {
      pen.clearRect(0, 0, 420, n * size);
      state.forEach((value, i) => {
        pen.fillStyle = value > 0 ? ink() : faint();
        pen.fillRect((i % n) * size, Math.floor(i / n) * size, size - 1, size - 1);
      });
      const all = [...energies, net.energy(state)], low = Math.min(...all, -32), high = Math.max(...all, 0);
      pen.strokeStyle = ORANGE;
      pen.lineWidth = 2;
      pen.beginPath();
      all.forEach((e, i) => pen[i ? "lineTo" : "moveTo"](220 + (190 * i) / 128, 20 + (150 * (high - e)) / (high - low)));
      pen.stroke();
      pen.fillStyle = ink();
      pen.font = "13px sans-serif";
      pen.fillText("energy over updates", 220, 12);
      said.textContent = `Energy ${all[all.length - 1].toFixed(2)}.`;
      place.dataset.state = JSON.stringify(state);
    };
    let paints = 0;
    const paint = function (event) {
      const [x, y] = at(event, board, 420, n * size), [i, k] = [Math.floor(x / size), Math.floor(y / size)];
      if (i < 0 || i >= n || k < 0 || k >= n) return;
      if (event.type === "pointerdown") {
        stop();
        paints = -state[k * n + i];
      }
      if (paints) state[k * n + i] = paints;
      show();
    };
    board.onpointerdown = paint;
    board.onpointermove = (event) => paints && paint(event);
    addEventListener("pointerup", () => (paints = 0));
    noise.onclick = function () {
      stop();
      const draw = random(Date.now());
      [...state.keys()].map((i) => [draw(), i]).sort((a, b) => a[0] - b[0]).slice(0, 12).forEach(([, i]) => (state[i] *= -1));
      show();
    };
    go.onclick = function () {
      stop();
      const draw = random(Date.now());
      let order = [], quiet = 0;
      timer = setInterval(function () {
        if (!order.length) order = [...state.keys()].map((i) => [draw(), i]).sort((a, b) => a[0] - b[0]).map((p) => p[1]);
        energies.push(net.energy(state));
        const next = net.update(state, order.pop());
        quiet = next.every((value, i) => value === state[i]) ? quiet + 1 : 0;
        state = next;
        show();
        if (quiet > 128) {
          stop();
          const found = weights.patterns.findIndex((pattern) => pattern.every((value, i) => value === state[i]));
          said.textContent = `At rest: ${found < 0 ? "no digit that is stored, but a minimum all the same" : `the stored ${found}`}.`;
        }
      }, 12);
    };
    show();
    return net;
  };

  rnnkit.demos.attractor = function (place, weights) {
    const net = rnnkit.nets.attractor(weights), S = 360, to = (v) => (v + 1.1) * (S / 2.2), from = (p) => p / (S / 2.2) - 1.1;
    const [pen, board] = canvas(place, S, S, "The plane of two units' states, with arrows of one step, and the run from a start that can be dragged.");
    const said = add(place, "p", { className: "demo-said" });
    said.setAttribute("aria-live", "polite");
    board.tabIndex = 0;
    let start = [-0.3, 0.35], held = false;
    const show = function () {
      pen.clearRect(0, 0, S, S);
      pen.strokeStyle = faint();
      pen.lineWidth = 1;
      for (let x = -1; x <= 1.01; x += 0.2)
        for (let y = -1; y <= 1.01; y += 0.2) {
          const [u, v] = net.step([x, y]), size = Math.hypot(u - x, v - y), k = 0.12 / Math.max(size, 0.12);
          const end = [to(x + k * (u - x)), S - to(y + k * (v - y))];
          pen.beginPath();
          pen.moveTo(to(x), S - to(y));
          pen.lineTo(...end);
          pen.stroke();
          pen.beginPath();
          pen.arc(...end, 1.8, 0, 7);
          pen.stroke();
        }
      const run = [start];
      for (let k = 0; k < 200; k++) run.push(net.step(run[k]));
      pen.strokeStyle = BLUE;
      pen.beginPath();
      run.slice(0, 41).forEach((x, i) => pen[i ? "lineTo" : "moveTo"](to(x[0]), S - to(x[1])));
      pen.stroke();
      pen.fillStyle = BLUE;
      run.slice(1, 41).forEach((x) => pen.fillRect(to(x[0]) - 2, S - to(x[1]) - 2, 4, 4));
      pen.fillStyle = ORANGE;
      pen.beginPath();
      pen.arc(to(start[0]), S - to(start[1]), 7, 0, 7);
      pen.fill();
      const last = run[200], period = [1, 2, 3, 4].find((p) => Math.hypot(last[0] - run[200 - p][0], last[1] - run[200 - p][1]) < 1e-9);
      const where = `(${last.map((v) => v.toFixed(3)).join(", ")})`;
      said.textContent = period === 1 ? `It comes to rest at ${where}.` : period ? `It comes to a cycle of period ${period}, through ${where}.` : "It has not settled after 200 steps.";
      place.dataset.run = JSON.stringify(run);
    };
    const move = (x, y) => ((start = [x, y].map((v) => Math.max(-1.05, Math.min(1.05, v)))), show());
    const drag = (event) => ((([x, y]) => move(from(x), from(S - y)))(at(event, board, S, S)));
    board.onpointerdown = (event) => ((held = true), board.setPointerCapture(event.pointerId), drag(event));
    board.onpointermove = (event) => held && drag(event);
    board.onpointerup = () => (held = false);
    board.onkeydown = function (event) {
      const by = { ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, 0.05], ArrowDown: [0, -0.05] }[event.key];
      if (by) (event.preventDefault(), move(start[0] + by[0], start[1] + by[1]));
    };
    show();
    return net;
  };

  rnnkit.demos.machine = function (place, weights) {
    const net = rnnkit.nets.machine(weights), bits = 8, rows = 24, draw = random(5), W = 640, H = 210;
    const bar = add(place, "p"), length = labelled(bar, "Vectors", { type: "range", min: 2, max: 20, step: 1, value: 10 });
    const fresh = add(bar, "button", { textContent: "New bits" }), one = add(bar, "button", { textContent: "Step" });
    const all = add(bar, "button", { textContent: "Run" });
    const [pen] = canvas(place, W, H, "Input and output bits over the steps, the tape's rows, and the places of both heads.");
    const said = add(place, "p", { className: "demo-said" });
    said.setAttribute("aria-live", "polite");
    let inputs, state, outputs, timer = 0;
    const begin = function () {
      clearInterval(timer);
      const n = Number(length.value);
      inputs = Array.from({ length: 2 * n + 1 }, (_, t) =>
        Array.from({ length: bits + 1 }, (_, i) => (t < n && i < bits ? Math.floor(2 * draw()) : t === n && i === bits ? 1 : 0)));
      [state, outputs] = [net.start(rows), []];
      show();
    };
    const grid = function (values, x, y, w, h) {
      values.forEach((column, t) => column.forEach((value, i) => {
        pen.globalAlpha = 0.08 + 0.92 * Math.max(0, Math.min(1, value));
        pen.fillRect(x + w * t, y + h * i, w - 1, h - 1);
      }));
      pen.globalAlpha = 1;
    };
    const show = function () {
      pen.clearRect(0, 0, W, H);
      pen.font = "12px sans-serif";
      const n = Number(length.value), w = Math.min(12, 300 / inputs.length);
      pen.fillStyle = ink();
      pen.fillText("input, below it the delimiter", 4, 12);
      pen.fillText("output", 4, 122);
      pen.fillText("rows of the tape", 340, 12);
      pen.fillText("head that writes", 340, 152);
      pen.fillText("head that reads", 340, 186);
      pen.fillStyle = BLUE;
      grid(inputs.slice(0, Math.max(outputs.length, 1)), 4, 18, w, 9);
      grid(outputs.map((y, t) => (t > n ? y : y.map(() => 0))), 4, 128, w, 9);
      const span = Math.max(...state.memory.flat().map(Math.abs), 1e-3);
      grid(state.memory.map((row) => row.map((value) => Math.abs(value) / span)), 340, 18, 12, 7);
      pen.fillStyle = ORANGE;
      grid(state.write.map((share) => [share]), 340, 158, 12, 12);
      grid(state.read.map((share) => [share]), 340, 192, 12, 12);
      const wrong = outputs.slice(n + 1).flatMap((y, t) => y.map((value, i) => (value > 0.5) !== (inputs[t][i] > 0.5))).filter(Boolean);
      said.textContent = outputs.length ? `Step ${outputs.length} of ${inputs.length}. ` + (outputs.length > n + 1 ? `Wrong bits so far: ${wrong.length}.` : "It reads.") : "At the start.";
      place.dataset.outputs = JSON.stringify(outputs);
    };
    const step = function () {
      if (outputs.length === inputs.length) return clearInterval(timer);
      const next = net.step(inputs[outputs.length], state);
      state = next.state;
      outputs.push(next.y);
      show();
    };
    length.oninput = fresh.onclick = begin;
    one.onclick = () => (clearInterval(timer), step());
    all.onclick = () => (clearInterval(timer), (timer = setInterval(step, 120)));
    begin();
    return net;
  };

  // Weights come when a demonstration is first scrolled to; each is a script, so that a page opened from a disk has it too.
  const load = function (place) {
    const name = place.dataset.demo, script = document.createElement("script");
    place.textContent = "loading";
    script.src = new URL(`demos/${name}.js`, rnnkit.home).href;
    script.onload = async function () {
      const weights = rnnkit.weights[name];
      if (weights.planes) weights.tensors = await rnnkit.unpack(weights);
      place.textContent = "";
      place.net = rnnkit.demos[name](place, weights);
    };
    script.onerror = () => (place.textContent = "Its weights could not be loaded.");
    document.head.append(script);
  };
  rnnkit.home = new URL("..", document.currentScript.src).href;
  addEventListener("DOMContentLoaded", function () {
    const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
      if (entry.isIntersecting) (seen.unobserve(entry.target), load(entry.target));
    }));
    document.querySelectorAll("[data-demo]").forEach((place) => seen.observe(place));
  });
}
