// The load on the client over a session, to zoom and move in.
//
// One law: what is unknown is a hatched gap and what was not watched an empty one, never a line across; whatever the
// zoom, a column shows the lowest and the highest of its time, so that no peak is lost.

const LEFT = 46;
const RIGHT = 8;
const TOP = 26;
const BOTTOM = 24;
const LEAST_S = 2;
const WAIT_MS = 120;
const SHAPES = { high: "‼", medium: "▲", low: "●", cue: "◂" };

export class LoadChart {
  /** `fetch(from, to, columns)` resolves to the server's columns, or null. */
  constructor(canvas, session, fetch) {
    Object.assign(this, { canvas, session, fetch });
    this.from = 0;
    this.to = session.length_s;
    this.data = null;
    this.timer = null;
    this.asked = 0;
    this.cues = false;
    this.fingers = new Map();
    this.onRange = () => {};
    this.style = getComputedStyle(document.documentElement);
    new ResizeObserver(() => this.look(this.from, this.to)).observe(canvas);
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"])
      canvas.addEventListener(name, (event) => this[name](event));
    canvas.addEventListener("dblclick", (event) => this.zoom(0.4, this.at(event.offsetX)));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** Show this stretch, in seconds of the session. */
  look(from, to) {
    const length = this.session.length_s;
    const span = Math.min(length, Math.max(Math.min(LEAST_S, length), to - from));
    this.from = Math.max(0, Math.min(length - span, from));
    this.to = this.from + span;
    this.onRange(this.from, this.to);
    this.draw();
    this.ask();
  }

  /** Make the stretch `factor` times as long around a moment. */
  zoom(factor, around = (this.from + this.to) / 2) {
    this.look(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  /** By this share of what is seen. */
  move(share) {
    const by = (this.to - this.from) * share;
    this.look(this.from + by, this.to + by);
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.at(event.offsetX));
  }

  pointerdown(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, event.offsetX);
  }

  pointermove(event) {
    const before = this.fingers.get(event.pointerId);
    if (before === undefined) return;
    if (this.fingers.size === 1) {
      const by = ((before - event.offsetX) / this.width()) * (this.to - this.from);
      this.look(this.from + by, this.to + by);
    } else {
      const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
      const factor = Math.abs(before - other) / Math.max(8, Math.abs(event.offsetX - other));
      this.zoom(Math.min(2, Math.max(0.5, factor)), this.at(other));
    }
    this.fingers.set(event.pointerId, event.offsetX);
  }

  pointerup(event) {
    this.fingers.delete(event.pointerId);
  }

  pointercancel(event) {
    this.fingers.delete(event.pointerId);
  }

  key(event) {
    const act = {
      "+": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      ArrowLeft: () => this.move(-0.25),
      ArrowRight: () => this.move(0.25),
      0: () => this.look(0, this.session.length_s),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  width() {
    return Math.max(1, this.canvas.clientWidth - LEFT - RIGHT);
  }

  at(x) {
    return this.from + ((x - LEFT) / this.width()) * (this.to - this.from);
  }

  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const number = ++this.asked;
      const [from, to] = [this.from.toFixed(2), this.to.toFixed(2)];
      const data = await this.fetch(from, to, Math.round(Math.min(1200, this.width())));
      if (data === null || number !== this.asked) return;
      this.data = data;
      this.draw();
      this.canvas.dataset.shown = `${from} ${to}`;
    }, WAIT_MS);
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = `13px ${this.style.fontFamily || "sans-serif"}`;
    const top = this.top();
    this.x = (at) => LEFT + ((at - this.from) / (this.to - this.from)) * this.width();
    this.y = (load) => TOP + (1 - load / top) * (height - TOP - BOTTOM);
    this.axes(pen, top, width, height);
    pen.save();
    pen.beginPath();
    pen.rect(LEFT, 0, this.width(), height - BOTTOM);
    pen.clip();
    if (this.data) this.loads(pen, height);
    this.limits(pen);
    this.alarms(pen);
    pen.restore();
  }

  top() {
    const limits = this.session.limits.map((one) => one.critical_kg);
    const highs = (this.data?.band_high ?? []).filter((value) => value !== null);
    return Math.max(10, ...limits, ...highs) * 1.05;
  }

  axes(pen, top, width, height) {
    pen.strokeStyle = this.colour("--line");
    pen.fillStyle = this.colour("--dim");
    pen.lineWidth = 1;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const step = [5, 10, 20, 50, 100].find((one) => top / one <= 6) ?? 200;
    for (let load = 0; load <= top; load += step) {
      pen.beginPath();
      pen.moveTo(LEFT, this.y(load));
      pen.lineTo(width - RIGHT, this.y(load));
      pen.stroke();
      pen.fillText(load ? String(load) : "0 kg", LEFT - 5, this.y(load));
    }
    pen.textBaseline = "bottom";
    pen.textAlign = "center";
    const steps = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
    const every = steps.find((one) => ((this.to - this.from) / one) * 70 <= this.width()) ?? 36000;
    for (let at = Math.ceil(this.from / every) * every; at <= this.to; at += every) {
      pen.fillText(clock(at), Math.min(width - 20, Math.max(LEFT, this.x(at))), height - 4);
      pen.fillRect(this.x(at), height - BOTTOM, 1, 5);
    }
  }

  loads(pen, height) {
    const { from, to, low, mid, high, band_low, band_high, spans } = this.data;
    for (const [begin, end, look] of spans) if (look === "unknown") this.hatch(pen, this.x(begin), this.x(end), height);
    const edge = (index) => this.x(from + ((to - from) * index) / mid.length);
    const bands = [
      [band_low, band_high, "#2b3c48", 0],
      [low, high, "#2f8296", 0.75],
      [mid, mid, this.colour("--text"), 1.25],
    ];
    for (const [least, most, colour, more] of bands) {
      pen.fillStyle = colour;
      mid.forEach((load, index) => {
        if (load === null) return;
        const [left, wide] = [edge(index), Math.max(1, edge(index + 1) - edge(index) + 0.3)];
        const [top, bottom] = [this.y(most[index]) - more, this.y(least[index]) + more];
        pen.fillRect(left, top, wide, bottom - top);
      });
    }
  }

  hatch(pen, left, right, height) {
    pen.save();
    pen.beginPath();
    pen.rect(left, TOP, Math.max(1.5, right - left), height - TOP - BOTTOM);
    pen.clip();
    pen.strokeStyle = this.colour("--unknown");
    pen.lineWidth = 2.5;
    pen.beginPath();
    const first = Math.max(LEFT - height, Math.floor((left - height) / 9) * 9);
    for (let at = first; at < Math.min(right, this.canvas.clientWidth); at += 9) {
      pen.moveTo(at, height);
      pen.lineTo(at + height, 0);
    }
    pen.stroke();
    pen.restore();
  }

  limits(pen) {
    const lines = [
      ["near_kg", "--near", [3, 5], 1.5],
      ["critical_kg", "--text", [10, 5], 1.5],
      ["limit_kg", "--text", [], 2],
    ];
    for (const [name, colour, dash, thick] of lines) {
      pen.strokeStyle = this.colour(colour);
      pen.lineWidth = thick;
      pen.setLineDash(dash);
      pen.beginPath();
      for (const one of this.session.limits) {
        pen.moveTo(this.x(one.from), this.y(one[name]));
        pen.lineTo(this.x(one.to), this.y(one[name]));
      }
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  alarms(pen) {
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (const alarm of this.session.calls) {
      if (alarm.priority === "cue" && !this.cues) continue;
      if (alarm.at_s === null || alarm.at_s < this.from || alarm.at_s > this.to) continue;
      pen.fillStyle = this.colour(alarm.priority === "high" ? "--text" : "--near");
      pen.fillText(SHAPES[alarm.priority] ?? "●", this.x(alarm.at_s), 6);
      pen.fillRect(this.x(alarm.at_s) - 0.5, TOP - 4, 1, 8);
    }
  }

  colour(name) {
    return this.style.getPropertyValue(name).trim();
  }
}

function clock(at) {
  const [hours, minutes, rest] = [Math.floor(at / 3600), Math.floor(at / 60) % 60, at % 60];
  const two = (count) => String(count).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
