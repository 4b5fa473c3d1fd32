// Keeps the screen on where the browser allows it: it must be asked again each time the page is seen anew.

export class Awake {
  constructor() {
    this.lock = null;
    this.wanted = false;
    document.addEventListener("visibilitychange", () => this.ask());
  }

  /** True where the screen stays on. */
  async keep() {
    this.wanted = true;
    return this.ask();
  }

  async ask() {
    if (!this.wanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return false;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      return true;
    } catch {
      return false;
    }
  }
}
