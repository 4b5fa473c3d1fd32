// The connection to bard's page server.
//
// One law: a view counts as live only if it was sent in answer to something this page said less than LIVE_MS ago, by
// this page's own clock (each message echoes the page's last "here"). So neither a stalled line nor a queue of old
// messages, a resumed tab or a wrong clock can make an old number look live. It reconnects for ever.

export const LIVE_MS = 700;
const CHECK_MS = 50;
const HERE_MS = 100;
const RETRY_MS = 300;
const SILENT_MS = 3000;
const ASLEEP_MS = 1500;
const ANSWER_MS = 6000;
const SHUT_OUT = 4001;

export class Link {
  /** `on`: hello(message), view(view), stopped(why or null), once for each change to stopped. */
  constructor(on) {
    this.on = on;
    this.live = false;
    this.socket = null;
    this.liveUntil = 0;
    this.hereAt = 0;
    this.heardAt = 0;
    this.failures = 0;
    this.nextId = 1;
    this.asked = new Map();
    this.tickWall = Date.now();
    this.why = null;
    setInterval(() => this.check(), CHECK_MS);
    for (const name of ["visibilitychange", "pageshow", "resume", "online"])
      (name === "visibilitychange" ? document : window).addEventListener(name, () => this.check());
    this.connect();
  }

  /** Have a command carried out; null, or in words why not. */
  give(command) {
    if (this.socket?.readyState !== WebSocket.OPEN) return Promise.resolve("");
    const id = this.nextId++;
    this.socket.send(JSON.stringify({ type: "command", id, command }));
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(id, ""), ANSWER_MS);
      this.asked.set(id, { resolve, timer });
    });
  }

  connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.onopen = () => this.here(performance.now());
    socket.onmessage = (message) => this.take(JSON.parse(message.data), socket);
    socket.onclose = (event) => this.lose(socket, event.code);
  }

  take(message, socket) {
    if (socket !== this.socket) return;
    const now = performance.now();
    this.heardAt = now;
    this.failures = 0;
    if (message.t === "hello") this.on.hello(message);
    else if (message.t === "answer") this.answer(message.id, message.refusal);
    else if (message.t === "now" && now - message.echo <= LIVE_MS) this.show(message);
    if (now - this.hereAt >= HERE_MS) this.here(now);
  }

  show(message) {
    if (message.view.why !== undefined) {
      this.stop(message.view.why);
      return;
    }
    this.live = true;
    this.why = null;
    this.liveUntil = message.echo + LIVE_MS;
    this.on.view(message.view);
  }

  check() {
    const now = performance.now();
    const wall = Date.now();
    const slept = Math.abs(wall - this.tickWall) > ASLEEP_MS && now > this.hereAt + ASLEEP_MS;
    this.tickWall = wall;
    if (this.live && (slept || now > this.liveUntil)) this.stop(null);
    else if (!this.live && this.why === null) this.stop(null);
    if (this.socket?.readyState === WebSocket.OPEN && now - this.hereAt >= HERE_MS) this.here(now);
    if (this.socket && now - this.heardAt > SILENT_MS) this.lose(this.socket, 0);
  }

  stop(why) {
    if (!this.live && this.why === (why ?? "")) return;
    this.live = false;
    this.why = why ?? "";
    this.on.stopped(why);
  }

  here(now) {
    this.hereAt = now;
    if (this.socket?.readyState === WebSocket.OPEN && this.socket.bufferedAmount === 0)
      this.socket.send(JSON.stringify({ type: "here", at: Math.round(now * 10) / 10 }));
  }

  answer(id, refusal) {
    const asked = this.asked.get(id);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.asked.delete(id);
    asked.resolve(refusal);
  }

  lose(socket, code) {
    if (socket !== this.socket) return;
    this.socket = null;
    socket.onclose = socket.onmessage = socket.onopen = null;
    socket.close();
    for (const id of [...this.asked.keys()]) this.answer(id, "");
    this.stop(null);
    if (code === SHUT_OUT) this.askWhether();
    this.failures += 1;
    if (this.failures % 5 === 0) this.askWhether();
    setTimeout(() => this.connect(), RETRY_MS * Math.min(this.failures, 4));
  }

  /** A device that was shut out sees the pairing page. */
  async askWhether() {
    try {
      const answer = await fetch("/live", { method: "HEAD", redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") location.replace("/pair");
    } catch {
      // the server is away: the next connection tells
    }
  }
}
