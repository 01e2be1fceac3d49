// What is asked, or shown at length, in front of the list.

import { h } from "./dom.js";
import { bound } from "./row.js";
import { connect } from "./connecting.js";
import { trail } from "./trail.js";

const VIEWS = { leave, accounts, trail, connect, address };

export function dialog(view) {
  const { asked } = view;
  if (!asked) return null;
  const bank = view.banks?.find((each) => each.connection_id === asked.name);
  const [title, ...content] = VIEWS[asked.kind](view, bank, asked);
  return h(
    "dialog",
    { key: `${asked.kind}-${asked.name}`, class: asked.kind, "aria-labelledby": "asked", onclose: () => view.ask(null), onclick: (event) => event.target === event.currentTarget && event.currentTarget.close() },
    h(
      "div",
      { class: "sheet" },
      h("header", null, h("h2", { id: "asked" }, title), h("button", { class: "close", type: "button", "aria-label": view.speech.t("Close"), onclick: () => view.close() }, cross())),
      content,
      asked.fault && h("p", { class: "fault", role: "alert", key: "fault" }, asked.fault, " ", view.chat(bank?.bank.name ?? "", asked.fault)),
    ),
  );
}

function cross() {
  const lines = h("path", { d: "m5 5 10 10m0-10L5 15" });
  return h("svg", { class: "mark", viewBox: "0 0 20 20", "aria-hidden": "true" }, lines);
}

function buttons(view, words, kind) {
  return h(
    "div",
    { class: "deeds end" },
    h("button", { class: "second", type: "button", onclick: () => view.close() }, view.speech.t("Cancel")),
    h("button", { class: kind, type: "submit" }, words),
  );
}

function sent(act) {
  return (event) => {
    event.preventDefault();
    act(new FormData(event.currentTarget));
  };
}

function leave(view, bank) {
  const { t } = bound(view.speech);
  const choice = (value, words, about, checked) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name: "data", value, checked }), h("span", null, h("strong", null, words), h("span", { class: "soft small" }, about)));
  return [
    t("Disconnect {bank}?", { bank: bank?.bank.name ?? "" }),
    h("p", null, t("Syncing stops at once. Our access is ended at the bank, and your access details are deleted here.")),
    h(
      "form",
      { onsubmit: sent((form) => view.leave(bank.connection_id, form.get("data"))) },
      h(
        "fieldset",
        null,
        h("legend", null, t("What has been synced so far")),
        choice("keep", t("Keep it"), t("Accounts and movements stay; they are not brought up to date any more."), true),
        choice("delete", t("Delete it"), t("Accounts, names and movements are deleted. This cannot be undone.")),
      ),
      buttons(view, t("Disconnect"), "danger"),
    ),
  ];
}

function accounts(view, bank) {
  const { t } = bound(view.speech);
  const rows = bank?.accounts ?? [];
  const act = (form) => {
    const changes = rows.map((account) => {
      const name = form.get(`name-${account.account_id}`).trim() || null;
      const hidden = !form.has(`shown-${account.account_id}`);
      const named = name !== account.own_name && !(account.own_name === null && name === account.bank_name);
      const told = { ...(named && { name }), ...(hidden !== account.hidden && { hidden }) };
      return [account.account_id, told];
    });
    view.rename(bank.connection_id, changes.filter(([, told]) => Object.keys(told).length));
  };
  return [
    t("Accounts at {bank}", { bank: bank?.bank.name ?? "" }),
    h("p", { class: "soft" }, t("Names and what is hidden stay when the bank is reconnected. An empty name is the bank's own.")),
    h(
      "form",
      { onsubmit: sent(act) },
      h(
        "ul",
        { class: "names" },
        rows.map((account) => {
          const id = `name-${account.account_id}`;
          return h(
            "li",
            { key: account.account_id },
            h("label", { class: "soft small", for: id }, account.bank_name),
            h("input", { id, name: id, value: account.own_name ?? "", placeholder: account.bank_name, maxlength: "100", autocomplete: "off" }),
            h("label", { class: "check" }, h("input", { type: "checkbox", name: `shown-${account.account_id}`, checked: !account.hidden, "aria-label": t("Show {account}", { account: account.name }) }), h("span", { "aria-hidden": "true" }, t("Show"))),
          );
        }),
      ),
      buttons(view, t("Save"), "primary"),
    ),
  ];
}

function address(view) {
  const { t } = bound(view.speech);
  return [
    t("Where our mail goes"),
    h("p", null, t("We write only when a bank needs you, to this address.")),
    h(
      "form",
      { onsubmit: sent((form) => view.correct(form.get("email").trim())) },
      h("label", { for: "email" }, t("E-mail address")),
      h("input", { id: "email", name: "email", type: "email", required: true, autocomplete: "email", maxlength: "254", value: view.asked.email ?? "" }),
      h("p", { class: "soft small" }, t("The same address again means that it works again.")),
      buttons(view, t("Save"), "primary"),
    ),
  ];
}
