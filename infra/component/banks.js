// What is known, what follows from it, and what its owner has done with it. Views only show it.

import { h, patch } from "./dom.js";
import { Problem } from "./api.js";
import { Rhythm } from "./rhythm.js";
import { Speech, liked } from "./speech.js";
import { Asking } from "./asking.js";
import { bound, needy, row } from "./row.js";
import { dialog } from "./dialogs.js";
import { banner, empty, failed, head, loading, notices, pushes, stale } from "./tops.js";

const FIRST_WAIT = 400;
const GIVEN_UP = 90_000;

export class Banks extends Asking {
  constructor(host, root, api, offer) {
    super();
    Object.assign(this, { host, root, api, offer, push: offer.push });
    this.speech = new Speech(liked(host.getAttribute("lang")));
    this.level = Math.min(Math.max(Number(host.getAttribute("heading")) || 2, 1), 5);
    this.banks = null;
    this.outages = [];
    this.notifications = [];
    this.trouble = null;
    this.open = new Set();
    this.doing = new Set();
    this.faults = new Map();
    this.pending = new Map(); // syncs asked for that no answer has shown yet
    this.rhythm = new Rhythm(() => this.look());
  }

  start() {
    this.on = new AbortController();
    const { signal } = this.on;
    // Back from the page that a link led to, the browser may show us as we were left.
    addEventListener("pageshow", () => (this.doing.clear(), this.render()), { signal });
    navigator.serviceWorker?.addEventListener("message", ({ data }) => this.heard(data), { signal });
    this.render();
    this.rhythm.start();
  }

  stop() {
    this.on?.abort();
    this.rhythm.stop();
  }

  // The service worker tells of pushes, and that the browser has another address for them.
  heard(data) {
    if (data?.type === "relink-push") this.rhythm.now();
    if (data?.type === "relink-subscription") this.push.moved(data).catch(() => {});
  }

  async look() {
    try {
      const told = this.api.read("/notifications?limit=100").catch(() => null);
      const pages = await this.pages();
      const soon = new Promise((resolve) => setTimeout(resolve, FIRST_WAIT));
      const notifications = await (this.banks ? told : Promise.race([told, soon]));
      this.take(pages, notifications);
      if (!notifications) told.then((late) => late && this.take(pages, late));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.failed(problem);
      throw problem;
    }
    return this.pending.size > 0 || this.banks.some(moving);
  }

  async pages() {
    const pages = [];
    let cursor = "";
    do {
      const page = await this.api.read(`/connections?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      pages.push(page);
      cursor = page.next_cursor;
    } while (cursor);
    return pages;
  }

  take(pages, notifications) {
    const { language, time_zone: zone } = pages[0].reader;
    if (!this.banks || language !== this.speech.language || zone !== this.said) this.speech = new Speech(language, zone);
    this.said = zone;
    this.trouble = null;
    this.seenAt = new Date().toISOString();
    const before = this.banks;
    this.banks = pages.flatMap((page) => page.connections).sort((a, b) => needy(b) - needy(a) || a.bank.name.localeCompare(b.bank.name, this.speech.locale));
    this.outages = merged(pages.flatMap((page) => page.bank_notices));
    if (notifications) this.notifications = notifications.notifications;
    this.settle();
    if (before) this.announce(before);
    this.render();
    this.tell();
    this.consider();
  }

  // Forget the syncs that have happened since they were asked for.
  settle() {
    for (const [name, asked] of this.pending) {
      const bank = this.banks.find((each) => each.connection_id === name);
      const over = bank && !bank.busy && bank.last_attempt_at !== asked.before;
      if (!bank || over || performance.now() - asked.at > GIVEN_UP) this.pending.delete(name);
      if (over && bank.status === "green") this.say(this.speech.t("{bank}: synced", { bank: bank.bank.name }));
    }
  }

  failed(problem) {
    this.trouble = problem;
    if (problem.kind === "logged-out") this.host.dispatchEvent(new CustomEvent("relink-logged-out", { bubbles: true, composed: true }));
    this.render();
  }

  async consider() {
    const red = this.banks.some(needy);
    const stood = this.offer.stands;
    await this.offer.consider(this.banks.map((bank) => bank.connection_id), red).catch(() => {});
    if (this.offer.stands !== stood || this.push.subscription) this.render();
  }

  retry() {
    this.rhythm.now();
  }

  // Say in the live region what has changed since the last look.
  announce(before) {
    const were = new Map(before.map((bank) => [bank.connection_id, bank]));
    for (const bank of this.banks) {
      const was = were.get(bank.connection_id);
      if (!was || (was.status === bank.status && needy(was) === needy(bank))) continue;
      const now = needy(bank) ? "{bank} needs you" : bank.status === "green" ? "{bank} is up to date" : "{bank} is waiting";
      this.say(this.speech.t(now, { bank: bank.bank.name }));
    }
  }

  say(words) {
    this.words = words;
    this.render();
  }

  tell() {
    const red = this.banks.filter(needy).length;
    const orange = this.banks.filter((bank) => bank.status === "orange" && !needy(bank)).length;
    const detail = { red, orange, green: this.banks.length - red - orange };
    const same = JSON.stringify(detail) === this.told;
    this.told = JSON.stringify(detail);
    if (!same) this.host.dispatchEvent(new CustomEvent("relink-banks", { bubbles: true, composed: true, detail }));
  }

  // An error points to the chat, with what it is about already in the message.
  chat(name, reason) {
    const template = this.host.getAttribute("chat");
    if (template === null) return null;
    const { t } = bound(this.speech);
    const message = [name, reason].filter(Boolean).join(": ");
    const told = { bubbles: true, composed: true, cancelable: true, detail: { message } };
    const onclick = (event) => {
      if (!this.host.dispatchEvent(new CustomEvent("relink-chat", told))) event.preventDefault();
    };
    const label = { "aria-label": name ? t("Ask in the chat about {bank}", { bank: name }) : undefined };
    const address = safe(template.replaceAll("{message}", encodeURIComponent(message)));
    if (!address) return h("button", { key: "chat", class: "quiet", type: "button", onclick, ...label }, t("Ask in the chat"));
    return h("a", { key: "chat", class: "quiet", href: address, target: "_blank", rel: "noopener noreferrer", onclick, ...label }, t("Ask in the chat"));
  }

  render() {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      this.draw();
    });
  }

  draw() {
    const focused = this.root.activeElement;
    const within = focused?.closest("[data-id]")?.dataset.id;
    patch(this.root, [
      h("div", { class: "house", lang: this.speech.language, "aria-busy": String(!this.banks && !this.trouble) }, banner(this), head(this), this.trouble && this.banks && stale(this), this.main(), this.banks && pushes(this)),
      h("p", { class: "unseen", role: "status", "aria-live": "polite" }, this.words ?? ""),
      dialog(this),
    ]);
    const shown = this.root.querySelector("dialog:not([open])");
    if (shown) shown.showModal();
    if (focused && this.root.activeElement !== focused) this.refocus(focused, within);
  }

  main() {
    if (!this.banks) return this.trouble ? failed(this) : loading(this);
    if (!this.banks.length) return [notices(this, "div"), empty(this)];
    const rows = this.banks.map((bank) => row(bank, this));
    const red = this.banks.filter(needy).length;
    const list = [...rows.slice(0, red), notices(this, "li"), ...rows.slice(red)];
    return h("ul", { class: "banks", key: "banks", "aria-label": this.speech.t("Your banks") }, list);
  }

  // Focus stays where it was; where that is gone, it goes to the bank, or to the top.
  refocus(focused, within) {
    if (this.root.querySelector("dialog")) return;
    const bank = within && this.root.querySelector(`[data-id="${CSS.escape(within)}"] .name`);
    const place = focused.isConnected ? focused : (bank ?? this.root.querySelector(".title"));
    place?.focus({ preventScroll: true });
  }

  toggle(name) {
    if (!this.open.delete(name)) this.open.add(name);
    this.render();
  }

  show(event, name) {
    event.preventDefault();
    const place = this.root.getElementById(`bank-${name}`);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    place?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
    place?.focus({ preventScroll: true });
  }
}

function moving(bank) {
  return bank.busy !== null || bank.reason?.code === "first_sync_pending";
}

function merged(notices) {
  const found = new Map();
  for (const each of notices) {
    const key = `${each.since} ${each.banks.join()}`;
    const same = found.get(key);
    found.set(key, same ? { ...same, connection_ids: [...same.connection_ids, ...each.connection_ids] } : each);
  }
  return [...found.values()];
}

export function safe(address) {
  if (!address) return "";
  const there = URL.canParse(address, document.baseURI) && new URL(address, document.baseURI);
  return there && ["https:", "http:", "mailto:"].includes(there.protocol) ? there.href : "";
}
