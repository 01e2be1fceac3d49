// Whether to offer push: only to an owner who has had a bank stop, and has not said no.

const SEEN = "relink-incident-seen";
const DECLINED = "relink-push-declined";
const LOOKED_AT = 5;

// Storage may be forbidden; then this page alone remembers.
export class Memory {
  constructor() {
    this.own = new Set();
  }

  has(name) {
    try {
      return this.own.has(name) || localStorage.getItem(name) !== null;
    } catch {
      return this.own.has(name);
    }
  }

  keep(name) {
    this.own.add(name);
    try {
      localStorage.setItem(name, "1");
    } catch {
      // this page remembers
    }
  }
}

export class Offer {
  constructor(api, push) {
    Object.assign(this, { api, push, memory: new Memory() });
  }

  get stands() {
    return this.push.offered && !this.push.subscription && this.memory.has(SEEN) && !this.memory.has(DECLINED);
  }

  remember() {
    this.memory.keep(SEEN);
  }

  decline() {
    this.memory.keep(DECLINED);
  }

  // A red now, or one in the past of the first few banks; asked once, after the list is there.
  async consider(names, red) {
    if (red) this.remember();
    if (this.considered || !this.push.offered) return;
    this.considered = true;
    await this.push.find();
    if (this.push.subscription || this.memory.has(SEEN) || this.memory.has(DECLINED)) return;
    for (const name of names.slice(0, LOOKED_AT)) {
      const told = await this.api.read(`/connections/${name}/history?limit=20`);
      if (told.events.some((event) => event.status === "red")) return this.remember();
    }
  }
}
