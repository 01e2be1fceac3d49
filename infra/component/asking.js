// What the owner has done: each is one request, and says in words why not if it is refused.

import { homeland } from "./connecting.js";

const TYPING = 250;

export class Asking {
  async reconnect(name) {
    await this.attempt(`reconnect-${name}`, name, async () => {
      const link = await this.api.act("POST", `/connections/${name}/reconnect`);
      this.leaveFor(link.url);
    });
  }

  async sync(name, kind) {
    await this.attempt(`sync-${name}`, name, async () => {
      const bank = this.banks.find((each) => each.connection_id === name);
      const before = bank.last_attempt_at;
      const begun = await this.api.act("POST", `/connections/${name}/sync`, { kind });
      if (kind === "historical") return this.leaveFor(begun.url);
      this.pending.set(name, { before, at: performance.now() });
      this.say(this.speech.t("{bank}: syncing", { bank: bank.bank.name }));
      return this.rhythm.now();
    });
  }

  async automatic(name, wanted) {
    await this.attempt(`auto-${name}`, name, async () => {
      const now = await this.api.act("PATCH", `/connections/${name}`, { auto_sync: wanted });
      this.banks = this.banks.map((bank) => (bank.connection_id === name ? now : bank));
    });
  }

  async dismiss(names) {
    const all = names.map((name) => this.api.act("POST", `/notifications/${encodeURIComponent(name)}/dismiss`));
    const done = await Promise.allSettled(all);
    const gone = new Set(names.filter((_, n) => done[n].status === "fulfilled"));
    this.notifications = this.notifications.filter((each) => !gone.has(each.notification_id));
    this.render();
  }

  async tellHere(wanted) {
    this.pushFault = "";
    try {
      const done = wanted ? await this.push.begin() : await this.push.end();
      if (done === false) this.pushFault = this.speech.t("The browser was told not to. Its settings can change that.");
    } catch (problem) {
      this.pushFault = problem.kind ? this.why(problem) : this.speech.t("This browser cannot be told at the moment.");
    }
    this.render();
  }

  decline() {
    this.offer.decline();
    this.render();
  }

  // Do one thing at a time with a bank, and say beside it why it could not be done.
  async attempt(key, name, act) {
    if (this.doing.has(key)) return;
    this.doing.add(key);
    this.faults.delete(name);
    this.render();
    try {
      await act();
    } catch (problem) {
      this.faults.set(name, { text: this.why(problem) });
    }
    this.doing.delete(key);
    this.render();
  }

  why(problem) {
    const { t } = { t: this.speech.t.bind(this.speech) };
    const until = problem.until ?? (problem.wait ? new Date(Date.now() + problem.wait * 1_000).toISOString() : null);
    const words = {
      "too-soon": t("The bank has been asked only a moment ago."),
      "rate-limited": t("The bank allows no more requests for now."),
      paused: t("The bank has been tried too often today, so it is left alone for a while."),
      "needs-owner": t("The bank needs you first: reconnect it."),
      unsettled: t("Its last syncs broke off. Reconnect it."),
      "attempt-under-way": t("It is being reconnected just now."),
      "not-connected": t("The bank is not connected yet."),
      "not-found": t("This is not here any more."),
      "logged-out": t("Your login has ended."),
      offline: t("You are offline."),
      invalid: t("That cannot be taken as it is. Please check it."),
    };
    const text = words[problem.kind] ?? t("That did not work. Try again in a moment.");
    return until ? `${text} ${t("Try again from {moment}.", { moment: this.speech.moment(until) })}` : text;
  }

  // Pages that need no login are shown in this tab, unless the host app shows them otherwise.
  leaveFor(url) {
    if (!/^https?:/.test(url)) return;
    const told = { bubbles: true, composed: true, cancelable: true, detail: { url } };
    if (this.host.dispatchEvent(new CustomEvent("relink-open", told))) location.assign(url);
  }

  ask(kind, name = "") {
    this.asked = kind ? { kind, name } : null;
    if (kind === "trail") this.more();
    if (kind === "connect") {
      this.asked.country = homeland(this.banks, this.speech);
      this.search(0);
    }
    this.render();
  }

  // Closing gives the focus back to what opened it.
  close() {
    this.root.querySelector("dialog")?.close();
  }

  // Do what a dialog asked for; it stays, and says why, if that cannot be done.
  async settleAsked(act, then) {
    const asked = this.asked;
    if (asked.running) return;
    Object.assign(asked, { running: true, fault: "" });
    try {
      await act();
      this.close();
      if (then) this.say(then);
      this.rhythm.now();
    } catch (problem) {
      Object.assign(asked, { running: false, fault: this.why(problem) });
      this.render();
    }
  }

  leave(name, data) {
    const bank = this.banks.find((each) => each.connection_id === name);
    const said = this.speech.t("{bank} is disconnected", { bank: bank.bank.name });
    return this.settleAsked(() => this.api.act("DELETE", `/connections/${name}?data=${data}`), said);
  }

  rename(name, changes) {
    return this.settleAsked(async () => {
      for (const [id, told] of changes) await this.api.act("PATCH", `/connections/${name}/accounts/${encodeURIComponent(id)}`, told);
    });
  }

  correct(email) {
    return this.settleAsked(() => this.api.act("PUT", "/profile", { email, mail_works: true }));
  }

  connect(way) {
    const bank = { ...way };
    return this.settleAsked(async () => {
      const made = await this.api.act("POST", "/connections", { bank });
      this.leaveFor(made.connect_url);
    });
  }

  // Look for banks once the typing rests; what comes late for an older question is dropped.
  search(wait = TYPING) {
    const { asked } = this;
    clearTimeout(this.typing);
    this.typing = setTimeout(async () => {
      const country = this.root.getElementById("country")?.value ?? asked.country;
      const typed = (this.root.getElementById("bank")?.value ?? "").trim();
      Object.assign(asked, { country, typed, question: `/banks/search?limit=20&country=${country}&q=${encodeURIComponent(typed)}` });
      await this.page(asked, asked.question, (told) => Object.assign(asked, { found: told.banks, cursor: told.next_cursor }));
    }, wait);
  }

  async more() {
    const { asked } = this;
    const cursor = asked.cursor ? `&cursor=${encodeURIComponent(asked.cursor)}` : "";
    if (asked.kind === "trail") {
      await this.page(asked, `/connections/${asked.name}/history?limit=20${cursor}`, (told) => {
        Object.assign(asked, { events: [...(asked.events ?? []), ...told.events], cursor: told.next_cursor });
        if (told.events.some((event) => event.status === "red")) this.offer.remember();
      });
    } else {
      await this.page(asked, asked.question + cursor, (told) => Object.assign(asked, { found: [...asked.found, ...told.banks], cursor: told.next_cursor }));
    }
  }

  async page(asked, path, take) {
    const { question } = asked;
    try {
      const told = await this.api.read(path);
      if (this.asked !== asked || asked.question !== question) return;
      asked.fault = "";
      take(told);
    } catch (problem) {
      asked.fault = this.why(problem);
    }
    this.render();
  }
}
