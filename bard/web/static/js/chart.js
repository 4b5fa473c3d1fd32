// The last 30 seconds of the client load, drawn from what the views said.
//
// One law: what is unknown is a hatched gap, never a line across it; time is the room's own, so a gap in the data is a
// gap in the chart.

const SPAN_US = 30_000_000;
const GAP_US = 500_000;
const LEFT = 52;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 22;

export class Chart {
  constructor(canvas, words) {
    this.canvas = canvas;
    this.words = words;
    this.points = [];
    this.marks = null;
    this.due = false;
    this.style = getComputedStyle(document.documentElement);
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** What the server remembers: [[at_us, load or null, whether it is unknown], ...]; null and known: nobody is on. */
  begin(history) {
    const newest = this.points.at(-1)?.[0] ?? 0;
    this.points = [...this.points, ...history.filter(([at]) => at > newest)].sort((one, other) => one[0] - other[0]);
    this.draw();
  }

  add(at, load, unknown, marks) {
    const newest = this.points.at(-1)?.[0];
    if (newest !== undefined && at < newest) this.points = [];
    if (at !== newest) this.points.push([at, load, unknown]);
    this.marks = marks;
    const from = at - SPAN_US;
    while (this.points.length && this.points[0][0] < from) this.points.shift();
    this.draw();
  }

  draw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.paint();
    });
  }

  paint() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.font = `${width > 1000 ? 16 : 13}px ${this.style.fontFamily || "sans-serif"}`;
    const newest = this.points.at(-1)?.[0] ?? 0;
    const top = this.top();
    const x = (at) => LEFT + ((at - newest + SPAN_US) / SPAN_US) * (width - LEFT - RIGHT);
    const y = (load) => TOP + (1 - load / top) * (height - TOP - BOTTOM);
    this.paintUnknown(pen, x, height);
    this.paintLoad(pen, x, y);
    this.paintMarks(pen, y, width);
    this.paintAxis(pen, width, height, y(0));
  }

  top() {
    let most = this.marks ? this.marks.critical * 1.08 : 10;
    for (const [, load] of this.points) if (load !== null && load > most) most = load;
    return most;
  }

  paintLoad(pen, x, y) {
    pen.strokeStyle = this.colour("--text");
    pen.fillStyle = "#f3f6f833";
    pen.lineWidth = 2.5;
    pen.lineJoin = "round";
    for (const run of this.runs()) {
      pen.beginPath();
      run.forEach(([at, load], index) => (index ? pen.lineTo(x(at), y(load)) : pen.moveTo(x(at), y(load))));
      pen.stroke();
      pen.lineTo(x(run.at(-1)[0]), y(0));
      pen.lineTo(x(run[0][0]), y(0));
      pen.closePath();
      pen.fill();
    }
  }

  /** Stretches of known load without a gap. */
  runs() {
    const runs = [];
    let before = null;
    for (const point of this.points) {
      if (point[1] === null) before = null;
      else {
        if (before === null || point[0] - before[0] > GAP_US) runs.push([]);
        runs.at(-1).push(point);
        before = point;
      }
    }
    return runs;
  }

  paintUnknown(pen, x, height) {
    let before = null;
    pen.strokeStyle = this.colour("--line");
    pen.lineWidth = 1;
    for (const [at, , unknown] of this.points) {
      if (before !== null && (unknown || at - before > GAP_US)) this.hatch(pen, x(before), x(at), height);
      before = at;
    }
  }

  hatch(pen, from, to, height) {
    pen.save();
    pen.beginPath();
    pen.rect(Math.max(from, LEFT), TOP, to - Math.max(from, LEFT), height - TOP - BOTTOM);
    pen.clip();
    pen.beginPath();
    const first = Math.floor((from - height) / 9) * 9;
    for (let at = first; at < to; at += 9) {
      pen.moveTo(at, height);
      pen.lineTo(at + height, 0);
    }
    pen.stroke();
    pen.restore();
  }

  paintMarks(pen, y, width) {
    if (!this.marks) return;
    const { near, limit, critical, near_words, limit_words, critical_words } = this.marks;
    const lines = [
      [near, near_words, "--near", [3, 6], 2],
      [critical, critical_words, "--text", [10, 5], 2],
      [limit, limit_words, "--text", [], 2.5],
    ];
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.font = this.font;
    const written = [];
    for (const [value, words, colour, dash, thick] of lines.reverse()) {
      pen.strokeStyle = pen.fillStyle = this.colour(colour);
      pen.lineWidth = thick;
      pen.setLineDash(dash);
      pen.beginPath();
      pen.moveTo(LEFT, y(value));
      pen.lineTo(width - RIGHT, y(value));
      pen.stroke();
      if (written.every((place) => Math.abs(place - y(value)) > 14)) {
        pen.fillText(words, LEFT - 6, y(value));
        written.push(y(value));
      }
    }
    pen.setLineDash([]);
  }

  paintAxis(pen, width, height, zero) {
    pen.strokeStyle = this.colour("--line");
    pen.fillStyle = this.colour("--dim");
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(LEFT, zero);
    pen.lineTo(width - RIGHT, zero);
    pen.stroke();
    pen.font = this.font;
    pen.textBaseline = "bottom";
    pen.textAlign = "left";
    pen.fillText(this.words.from, LEFT, height - 3);
    pen.textAlign = "right";
    pen.fillText(this.words.now, width - RIGHT, height - 3);
    pen.textBaseline = "middle";
    pen.fillText("0", LEFT - 6, zero);
  }

  colour(name) {
    return this.style.getPropertyValue(name).trim();
  }
}
