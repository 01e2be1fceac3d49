// When to look again: often while something goes on, seldom while nobody looks, at once when woken.

const LIVELY = 3_000;
const CALM = 30_000;
const CALMEST = 120_000;
const UNSEEN = 600_000;
const LONGEST = 300_000;

export class Rhythm {
  // `look` returns whether something goes on, or throws a Problem.
  constructor(look) {
    this.look = look;
    this.quiet = 0; // looks in a row that found nothing new to wait for
    this.failures = 0;
    this.wake = this.wake.bind(this);
  }

  start() {
    this.on = new AbortController();
    const { signal } = this.on;
    for (const name of ["focus", "online", "offline", "pageshow"]) addEventListener(name, this.wake, { signal });
    document.addEventListener("visibilitychange", this.wake, { signal });
    return this.now();
  }

  stop() {
    this.on?.abort();
    clearTimeout(this.timer);
  }

  wake({ type }) {
    const justNow = performance.now() - this.looked < 1_000; // several of these come together
    if (document.hidden || (justNow && type !== "online")) return;
    this.quiet = 0;
    this.now();
  }

  async now() {
    clearTimeout(this.timer);
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    this.looked = performance.now();
    let wait = 0;
    try {
      wait = this.pause(await this.look());
      this.failures = 0;
    } catch (problem) {
      this.failures += 1;
      wait = Math.max((problem.wait ?? 0) * 1_000, Math.min(CALM * 2 ** (this.failures - 1), LONGEST));
    }
    this.looking = false;
    if (this.on.signal.aborted) return;
    this.timer = setTimeout(() => this.now(), this.again ? 0 : wait * (0.9 + Math.random() / 5));
    this.again = false;
  }

  pause(lively) {
    if (document.hidden) return UNSEEN;
    if (lively) {
      this.quiet = 0;
      return LIVELY;
    }
    this.quiet += 1;
    return Math.min(CALM * 2 ** Math.floor(this.quiet / 10), CALMEST);
  }
}
