// Sound and vibration on this device, from bard's one table of rhythms (/static/signals.json).
//
// One law: what plays is what the room's buzzer and vibrator play, and "not monitored" when nothing is known; before a
// person has tapped, nothing can play, and the page says so.

const table = await (await fetch("/static/signals.json")).json();
export const SELF_TEST = 8;
export const NOT_MONITORED = 9;
const AHEAD_S = 2.5;
const TURN_MS = 200;
const LEAD_S = 0.02;
const CUT_S = 0.005;
const VOLUME = 0.8;

class Sound {
  constructor() {
    this.context = null;
    this.number = 0;
    this.playing = null;
  }

  /** Only from a tap. */
  async arm() {
    if (this.context === null) {
      this.context = new (window.AudioContext ?? window.webkitAudioContext)({ latencyHint: "interactive" });
      setInterval(() => this.fill(), TURN_MS);
    }
    await this.context.resume();
  }

  get running() {
    return this.context?.state === "running";
  }

  play(number) {
    this.number = number;
    this.stop();
    const pattern = table.patterns[number];
    if (this.context === null || !pattern?.buzzer) return;
    const gain = this.context.createGain();
    gain.connect(this.context.destination);
    this.playing = { number, gain, rhythm: pattern.buzzer, next: this.context.currentTime + LEAD_S, pulses: [] };
    this.fill();
  }

  /** Lay down the periods that begin soon; the audio clock plays them, however late our timers are. */
  fill() {
    const playing = this.playing;
    if (playing === null || !this.running) return;
    const now = this.context.currentTime;
    if (playing.rhythm.period_ms && playing.next < now) playing.next = now + LEAD_S;
    playing.pulses = playing.pulses.filter((pulse) => pulse.end > now);
    while (playing.next < now + AHEAD_S) {
      this.lay(playing, playing.next);
      playing.next = playing.rhythm.period_ms ? playing.next + playing.rhythm.period_ms / 1000 : Infinity;
    }
  }

  lay(playing, begin) {
    let at = begin;
    playing.rhythm.on_off_ms.forEach((length, index) => {
      const seconds = length / 1000;
      if (index % 2 === 0) playing.pulses.push(this.pulse(playing, at, seconds));
      at += seconds;
    });
  }

  pulse(playing, at, seconds) {
    const oscillator = this.context.createOscillator();
    const pitch = table.pitch_hz[playing.number];
    oscillator.setPeriodicWave(this.wave(pitch));
    oscillator.frequency.value = pitch;
    const envelope = this.context.createGain();
    envelope.gain.setValueAtTime(0, at);
    envelope.gain.linearRampToValueAtTime(VOLUME, at + table.rise * seconds);
    envelope.gain.setValueAtTime(VOLUME, at + (1 - table.fall) * seconds);
    envelope.gain.linearRampToValueAtTime(0, at + seconds);
    oscillator.connect(envelope).connect(playing.gain);
    oscillator.start(at);
    oscillator.stop(at + seconds);
    return { oscillator, end: at + seconds };
  }

  /** As on the sound card: harmonic k is 10 log10(k) dB below the first, in Schroeder's phases. */
  wave(pitch) {
    const count = Math.min(table.most_harmonics, Math.floor(table.highest_hz / pitch));
    const real = new Float32Array(count + 1);
    const imaginary = new Float32Array(count + 1);
    for (let order = 1; order <= count; order += 1) {
      const phase = (-Math.PI * order * (order - 1)) / count;
      real[order] = Math.sin(phase) / Math.sqrt(order);
      imaginary[order] = Math.cos(phase) / Math.sqrt(order);
    }
    return this.context.createPeriodicWave(real, imaginary);
  }

  stop() {
    const playing = this.playing;
    if (playing === null) return;
    this.playing = null;
    const now = this.context.currentTime;
    playing.gain.gain.setValueAtTime(1, now);
    playing.gain.gain.linearRampToValueAtTime(0, now + CUT_S);
    for (const pulse of playing.pulses) pulse.oscillator.stop(now + 2 * CUT_S);
    setTimeout(() => playing.gain.disconnect(), 100);
  }
}

class Vibration {
  constructor() {
    this.armed = false;
    this.timer = null;
  }

  get possible() {
    return typeof navigator.vibrate === "function";
  }

  play(number) {
    clearInterval(this.timer);
    this.timer = null;
    if (!this.armed || !this.possible) return;
    const rhythm = table.patterns[number]?.vibrator;
    navigator.vibrate(rhythm ? rhythm.on_off_ms : 0);
    if (rhythm?.period_ms) this.timer = setInterval(() => navigator.vibrate(rhythm.on_off_ms), rhythm.period_ms);
  }
}

/** `show(vibrator, buzzer)` for each view; `arm()` from a tap: both play the self-test once, then what should play. */
export class Signals {
  constructor() {
    this.sound = new Sound();
    this.vibration = new Vibration();
    this.vibrator = 0;
    this.buzzer = 0;
    this.testing = null;
  }

  get armed() {
    return this.sound.context !== null;
  }

  get canVibrate() {
    return this.vibration.possible;
  }

  /** Armed, and yet the browser plays nothing (a call came in, the page was in the background). */
  get silenced() {
    return this.armed && !this.sound.running;
  }

  async arm() {
    this.vibration.armed = true;
    await this.sound.arm();
    clearTimeout(this.testing);
    this.sound.play(SELF_TEST);
    this.vibration.play(SELF_TEST);
    const lasts = table.patterns[SELF_TEST].buzzer.on_off_ms.reduce((sum, length) => sum + length, 0);
    this.testing = setTimeout(() => this.begin(), lasts + 100);
    if (this.vibrator > 4 || this.buzzer) this.begin();
  }

  show(vibrator, buzzer) {
    this.sound.fill(); // messages come on time where a hidden page's timers do not
    if (vibrator === this.vibrator && buzzer === this.buzzer) return;
    const changed = { vibrator: vibrator !== this.vibrator, buzzer: buzzer !== this.buzzer };
    this.vibrator = vibrator;
    this.buzzer = buzzer;
    if (this.testing !== null && vibrator <= 4 && !buzzer) return;
    if (this.testing !== null) this.begin();
    else {
      if (changed.buzzer) this.sound.play(buzzer);
      if (changed.vibrator) this.vibration.play(vibrator);
    }
  }

  begin() {
    clearTimeout(this.testing);
    this.testing = null;
    this.sound.play(this.buzzer);
    this.vibration.play(this.vibrator);
  }
}
