// One bank: how it stands in words, the one thing to do if there is one, its accounts, and what
// else its owner may want of it.

import { h, mark } from "./dom.js";

const METHODS = { consent: "Open Banking", direct: "Direct access", token: "Access token" };

// A bank needs its owner as a whole, or because some of its accounts do.
export function needy(bank) {
  return bank.status === "red" || bank.accounts.some((account) => account.trouble?.status === "red");
}

export function row(bank, view) {
  const { speech } = view;
  const id = `bank-${bank.connection_id}`;
  const open = view.open.has(bank.connection_id);
  return h(
    "li",
    { key: bank.connection_id, class: `bank ${needy(bank) ? "red" : bank.status}`, "data-id": bank.connection_id },
    h(
      "article",
      { "aria-labelledby": id },
      h(
        "div",
        { class: "who" },
        h(`h${view.level + 1}`, { id, class: "name", tabindex: "-1" }, bank.bank.name),
        h("p", { class: "soft" }, `${speech.t(METHODS[bank.bank.method])} · ${speech.country(bank.bank.country)}`),
        standing(bank, view),
        !needy(bank) && when(bank, view),
        deeds(bank, view, id),
        needy(bank) && when(bank, view), // what is to be done comes first, on the smallest screen too
        hindrance(bank, view),
      ),
      holdings(bank, view),
      open && manage(bank, view),
    ),
  );
}

function standing(bank, view) {
  const { speech } = view;
  const { t } = bound(speech);
  const lines = [];
  const busy = view.pending.has(bank.connection_id) ? "syncing" : bank.busy;
  const troubled = bank.accounts.filter((account) => account.trouble?.status === "red");
  if (busy === "syncing") lines.push(line("busy", "", t("Syncing …"), "sync"));
  if (busy === "attempt") lines.push(line("busy", "", t("Being reconnected: it may be waiting for you."), "try"));
  if (bank.status === "green" && troubled.length) {
    const [one, many] = ["One account needs you", "{n} accounts need you"];
    lines.push(line("red", "red", speech.n(troubled.length, one, many), "how"));
    lines.push(instruction(bank, troubled[0].trouble, view));
  } else if (bank.status === "green") {
    if (!busy) lines.push(line("green", "green", t("Up to date"), "how"));
  } else {
    lines.push(line(bank.status, bank.status, bank.reason?.text ?? t("Waiting"), "how"));
    if (bank.reason) lines.push(instruction(bank, bank.reason, view));
  }
  if (bank.reason?.bank_text) {
    lines.push(h("p", { class: "said" }, t("The bank says: “{words}”", { words: bank.reason.bank_text })));
  }
  if (bank.expiring) lines.push(expiring(bank.expiring, speech));
  if (!bank.auto_sync) lines.push(line("paused", "soft", t("Automatic sync is off"), "paused"));
  return h("div", { class: "standing" }, lines);
}

function when(bank, view) {
  const told = times(bank, view.speech).map((words, n) => h("span", { key: n }, words));
  return told.length > 0 && h("p", { class: "soft when", key: "when" }, told);
}

function instruction(bank, reason, view) {
  return h("p", { class: "what", key: "what" }, reason.instruction, " ", view.chat(bank.bank.name, reason.text));
}

function expiring(told, speech) {
  const left = speech.n(told.days_left, "{n} day left", "{n} days left");
  return line("info", "plain", [told.text, " ", h("span", { class: "soft" }, left)], "ends");
}

function line(shape, colour, words, key) {
  return h("p", { class: `line ${colour}`, key }, mark(shape), h("span", null, words));
}

function times(bank, speech) {
  const { t } = bound(speech);
  const told = [];
  const last = bank.last_success_at;
  const which = bank.status === "green" ? "Last sync: {moment}" : "Last successful sync: {moment}";
  if (last) told.push(t(which, { moment: speech.moment(last) }));
  else if (bank.stale) told.push(t("No successful sync yet"));
  if (bank.rate_limited_until) {
    told.push(t("The bank takes requests again from {moment}", { moment: speech.moment(bank.rate_limited_until) }));
  } else if (bank.next_sync_at) {
    const next = bank.status === "green" ? "Next one: {moment}" : "Next automatic try: {moment}";
    told.push(t(next, { moment: speech.moment(bank.next_sync_at) }));
  }
  return told;
}

// One primary button where the owner must act, and nothing that competes with it.
function deeds(bank, view, id) {
  const { t } = bound(view.speech);
  const { connection_id: name } = bank;
  const open = view.open.has(name);
  const waits = bank.reason?.code === "awaiting_credentials";
  // Never `disabled`, which would take the focus from whoever has just pressed it.
  const button = (key, kind, words, act, more) => {
    const idle = !view.doing.has(`${key}-${name}`) && !more?.["aria-disabled"];
    const told = { key, class: kind, type: "button", onclick: () => idle && act(), "aria-describedby": id };
    return h("button", { ...told, ...(!idle && { "aria-disabled": "true" }), ...more }, words);
  };
  const found = [];
  const go = () => view.reconnect(name);
  const syncs = !needy(bank) && !waits && bank.busy !== "attempt";
  if (bank.busy === "attempt") found.push(button("reconnect", "second", t("Continue"), go));
  else if (needy(bank)) found.push(button("reconnect", "primary", t("Reconnect Bank"), go));
  else if (waits) found.push(button("reconnect", "second", t("Finish connecting"), go));
  else if (bank.expiring) found.push(button("reconnect", "second", t("Renew"), go));
  if (syncs && !bank.rate_limited_until) {
    const running = view.pending.has(name) || bank.busy === "syncing";
    found.push(button("sync", "second", t("Sync"), () => view.sync(name, "standard"), running && { "aria-disabled": "true" }));
  }
  if (syncs && bank.status === "orange") found.push(button("again", "quiet", t("Reconnect"), go));
  const switched = { "aria-expanded": String(open), "aria-controls": `manage-${name}` };
  found.push(button("manage", "quiet", t("Manage"), () => view.toggle(name), switched));
  return h("div", { class: "deeds" }, found);
}

function hindrance(bank, view) {
  const told = view.faults.get(bank.connection_id);
  return told && h("p", { class: "fault", role: "alert", key: "fault" }, told.text, " ", view.chat(bank.bank.name, told.text));
}

function holdings(bank, view) {
  const { speech } = view;
  const { t } = bound(speech);
  const seen = bank.accounts.filter((account) => !account.hidden);
  const hidden = bank.accounts.length - seen.length;
  if (!bank.accounts.length) return h("div", { class: "holds", key: "holds" });
  return h(
    "div",
    { class: "holds", key: "holds" },
    h(
      "ul",
      { "aria-label": t("Accounts at {bank}", { bank: bank.bank.name }) },
      seen.map((account) =>
        h(
          "li",
          { key: account.account_id },
          h("span", { class: "account" }, account.name),
          h("span", { class: "money" }, account.balance === null ? t("no balance") : speech.money(account.balance, account.currency)),
          account.trouble && trouble(account.trouble),
        ),
      ),
    ),
    hidden > 0 && h("p", { class: "soft small" }, speech.n(hidden, "{n} hidden account", "{n} hidden accounts")),
  );
}

function trouble(told) {
  return h("p", { class: `line small ${told.status}` }, mark(told.status), h("span", null, told.text));
}

function manage(bank, view) {
  const { t } = bound(view.speech);
  const { connection_id: name } = bank;
  const able = bank.reason?.code !== "awaiting_credentials";
  const deed = (key, words, about, onclick, kind = "quiet") =>
    h(
      "li",
      { key },
      h("button", { class: kind, type: "button", onclick, "aria-describedby": `bank-${name} about-${key}-${name}` }, words),
      h("span", { class: "soft small", id: `about-${key}-${name}` }, about),
    );
  const automatic = h(
    "li",
    { key: "auto" },
    h(
      "button",
      { class: "switch", type: "button", role: "switch", "aria-checked": String(bank.auto_sync), "aria-describedby": `bank-${name} about-auto-${name}`, onclick: () => view.automatic(name, !bank.auto_sync) },
      h("span", { class: "knob" }),
      t("Automatic sync"),
    ),
    h("span", { class: "soft small", id: `about-auto-${name}` }, t("Four times a day, without you.")),
  );
  return h(
    "ul",
    { class: "manage", id: `manage-${name}`, key: "manage", "aria-label": t("Manage {bank}", { bank: bank.bank.name }) },
    able && automatic,
    able && !needy(bank) && deed("history-sync", t("Fetch all history"), t("All that the bank gives. It may ask you for a code."), () => view.sync(name, "historical")),
    bank.accounts.length > 0 && deed("accounts", t("Name and hide accounts"), t("How they are called here, and which are shown."), () => view.ask("accounts", name)),
    deed("trail", t("What happened"), t("Troubles, reconnections and when they ended."), () => view.ask("trail", name)),
    able && bank.status === "green" && !needy(bank) && deed("renew", t("Reconnect"), t("Enter your access details anew, without need."), () => view.reconnect(name)),
    deed("leave", t("Disconnect …"), t("Ends the access to the bank."), () => view.ask("leave", name)),
  );
}

export function bound(speech) {
  return { t: speech.t.bind(speech) };
}
